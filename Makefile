# The two commands are `make run` and `make test`; `make check` is the quick loop.

PAGE := web/dist/index.html
SOURCES := $(shell find src -type f) build.rs Cargo.toml Cargo.lock .cargo/config.toml release/build.sh
PAGE_SOURCES := $(shell find web/src web/build clients/js/src web/index.html web/*.json web/*.ts -type f 2>/dev/null)

.PHONY: run test check page release tools torture bench bench-nodes screenshots deny clean

## Build everything and serve on http://127.0.0.1:3000
run: page
	cargo run --release -- $(ARGS)

## Everything that must hold, with all its set-up (Debian or Ubuntu, Rust, Node)
test:
	tests/run.sh

## The quick loop: format, lints, unit tests, types of the page
check: page
	cargo fmt --all --check
	cargo clippy --all-targets -- -D warnings
	cargo test --quiet --lib
	cd web && npm run --silent check

## The chat page, if one of its sources is newer than what was built
page: $(PAGE)

$(PAGE): $(PAGE_SOURCES) web/node_modules/.package-lock.json
	cd web && npm run --silent build

web/node_modules/.package-lock.json: web/package-lock.json
	@command -v npm >/dev/null || { echo "Node with npm is missing: install nodejs (20.19 or later) and npm."; exit 1; }
	cd web && npm ci --silent

## The binary to give to others, target/pgo/openline: faster than that of `make run`, and a quarter of an hour in the making
release: target/pgo/openline

target/pgo/openline: $(PAGE) $(SOURCES)
	release/build.sh

## What the tests need besides Rust and Node
tools:
	tests/setup.sh

## The long versions of the endurance tests: 50 kills, 10,000 lines for a minute, 3,000 on dying nodes for two
torture: page tools
	cargo build --release
	OPENLINE_ROUNDS=50 OPENLINE_LINES=10000 OPENLINE_SECONDS=60 OPENLINE_NODES_LINES=3000 OPENLINE_NODES_SECONDS=120 \
		cargo test --release --test endurance -- --nocapture --test-threads=1

## Measure Openline beside its peers and the floors, in turns, and write bench/results/
bench: release
	bench/peers/setup.sh
	OPENLINE_BENCH_BINARY=$(CURDIR)/target/pgo/openline cargo bench --bench compare -- $(ARGS)

## Measure several nodes on one Redis beside one node
bench-nodes: release
	OPENLINE_BENCH_BINARY=$(CURDIR)/target/pgo/openline cargo bench --bench nodes -- $(ARGS)

## Take the pictures in docs/images anew
screenshots: page tools
	cargo build
	cd tests && OPENLINE_SCREENSHOTS=1 node --test browser/screenshots.test.mjs

## Licences, duplicate versions and known vulnerabilities of what we depend on
deny:
	@command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
	cargo deny check

clean:
	cargo clean
	rm -rf web/dist web/node_modules tests/node_modules
