#!/bin/sh
# Builds the binary that is given to others by what it does (PGO and BOLT; docs/decisions/24-a-profile-for-the-release.md): has it watch
# itself at work for a minute, builds it by what was seen, and then lays out its code by what runs together. Leaves target/pgo/openline.
set -eu
cd "$(dirname "$0")/.."

host=$(rustc -vV | sed -n 's/^host: //p')
profdata=$(rustc --print sysroot)/lib/rustlib/$host/bin/llvm-profdata
if [ ! -x "$profdata" ]; then
    rustup component add llvm-tools || {
        echo "llvm-profdata is missing: it comes with Rust's component llvm-tools (rustup component add llvm-tools)." >&2
        exit 1
    }
fi
# Debian has it in packages such as bolt-19, with the number in the names of the programs.
newest() {
    find /usr/bin /usr/local/bin -name "$1" -o -name "$1-[0-9]*" | sort -V | tail -n 1
}
bolt=$(newest llvm-bolt)
merge=$(newest merge-fdata)

out=$PWD/target/pgo
seen=$out/seen
# cargo does not see that a profile has changed.
rm -rf "$seen" "$out/seen.profdata" "$out/built" "$out"/run.fdata*

# With a target, what only runs while building is built as ever.
build() {
    RUSTFLAGS=$1 cargo build --release --bin openline --target "$host" --target-dir "$2"
}

export OPENLINE_LOG=warn OPENLINE_LIMITS_POSTS_PER_SECOND=0 OPENLINE_LIMITS_LINES_PER_ADDRESS=0 OPENLINE_LIMITS_CONNECTIONS_PER_ADDRESS=0

# Has a server do its work under the load that another binary makes. Only the server is seen: with the load beside it, which counts most,
# a post was slower than without any profile.
at_work() {
    server=$1
    load=$2
    for data in memory "$out/data"; do
        rm -rf "$out/data" "$out/ready"
        "$server" --listen 127.0.0.1:0 --json --data "$data" >"$out/ready" &
        running=$!
        trap 'kill "$running" 2>/dev/null || true' EXIT
        url=
        while [ -z "$url" ]; do
            kill -0 "$running"
            sleep 0.1
            url=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$out/ready")
        done
        under --what publish --posters 64 --seconds 6
        under --what publish --posters 1 --seconds 4
        for transport in sse websocket; do
            under --what listen --transport $transport --lines 1000 --rate 100 --seconds 5
            under --what listen --transport $transport --lines 500 --posters 4 --seconds 3
            under --what listen --transport $transport --lines 1000 --rooms 100 --posters 4 --seconds 4
        done
        under --what listen --lines 200 --rooms 200 --rooms-per-line 50 --posters 4 --seconds 3
        under --what storm --lines 1000
        under --what replay --newcomers 100
        under --what chat --lines 200 --seconds 5
        kill "$running"
        wait "$running"
    done
    rm -rf "$out/data"
}

under() {
    echo "$*"
    LLVM_PROFILE_FILE=/dev/null "$load" bench "$url" --json "$@" >/dev/null 2>"$out/work.log" || { cat "$out/work.log" >&2; exit 1; }
}

echo "=== 1 of 4: to watch itself"
build "-Cprofile-generate=$seen" "$out/watched"
watched=$out/watched/$host/release/openline

echo "=== 2 of 4: at work"
at_work "$watched" "$watched"

echo "=== 3 of 4: by what was seen"
"$profdata" merge -o "$out/seen.profdata" "$seen"
# BOLT moves code, and so has to know what points to where.
build "-Cprofile-use=$out/seen.profdata ${bolt:+-Clink-arg=-Wl,--emit-relocs}" "$out/built"
built=$out/built/$host/release/openline

echo "=== 4 of 4: what runs together stands together"
if [ -z "$bolt" ] || [ -z "$merge" ]; then
    echo "llvm-bolt is missing (on Debian: apt install bolt-19, or another number), so the code stays as the compiler laid it out: a post takes a sixth longer."
    cp "$built" "$out/openline"
else
    # Assembler, written to take the same time whatever the key: to be left alone.
    keep=--skip-funcs='aws_lc_.*'
    "$bolt" "$built" -o "$out/watched.bolt" "$keep" --instrument --instrumentation-file="$out/run.fdata" --instrumentation-file-append-pid >"$out/bolt.log" 2>&1 ||
        { cat "$out/bolt.log" >&2; exit 1; }
    at_work "$out/watched.bolt" "$built"
    "$merge" "$out"/run.fdata.* >"$out/seen.fdata" 2>"$out/bolt.log"
    "$bolt" "$built" -o "$out/openline" "$keep" --data="$out/seen.fdata" --reorder-blocks=ext-tsp --reorder-functions=cdsort --split-functions --split-all-cold --split-eh \
        --icf --use-gnu-stack --update-debug-sections >"$out/bolt.log" 2>&1 || { cat "$out/bolt.log" >&2; exit 1; }
    # It has come to something that runs.
    "$out/openline" --version
    rm -f "$out/watched.bolt"
fi
echo "target/pgo/openline"
