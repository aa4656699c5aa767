#!/usr/bin/env bash
# Everything that must hold, step by step; stops at the first that does not. People and the gate run the same.
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in cargo npm node; do
    command -v "$tool" >/dev/null && continue
    echo "$tool is missing: install Rust 1.95 or later (rustup) and Node 20.19 or later, then run make test again." >&2
    exit 1
done

step() {
    local name=$1 began=$SECONDS
    shift
    echo "=== $name"
    "$@"
    echo "=== $name: $((SECONDS - began)) s"
}

# What node says of the page, while cargo looks at the rest.
looks() {
    local failed=0
    (npm --prefix web run --silent check && npm --prefix web test --silent && npm --prefix web run --silent size) &
    cargo clippy --quiet --all-targets -- -D warnings || failed=1
    wait $! || failed=1
    return $failed
}

# The tests of several nodes mostly wait until a node is missed, so all others run meanwhile.
rust() {
    local others=() file failed=0
    for file in tests/*.rs tests/*/main.rs; do
        file=${file#tests/} file=${file%/main.rs} file=${file%.rs}
        [ "$file" = cluster ] || others+=(--test "$file")
    done
    cargo test --quiet --test cluster &
    cargo test --quiet --lib --bins "${others[@]}" || failed=1
    wait $! || failed=1
    return $failed
}

step "tools" tests/setup.sh
step "page" make --no-print-directory page
step "format" cargo fmt --all --check
step "lints; types, units and size of the page" looks
# The benches are linted above, and built when they are run.
step "build" cargo build --quiet --bins --tests
step "Rust" rust
step "documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps --lib
step "browser and other clients" npm --prefix tests test --silent
echo "All holds."
