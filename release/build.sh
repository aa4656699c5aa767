#!/bin/sh
# Builds the binary that is given to others, with a profile of what it does (PGO; docs/decisions/24-a-profile-for-the-release.md):
# builds it to watch itself, has it do its work for a minute, and builds it again by what was seen. Leaves target/pgo/openline.
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

out=$PWD/target/pgo
seen=$out/seen
# cargo does not see that a profile has changed.
rm -rf "$seen" "$out/seen.profdata" "$out/built"

# With a target, what only runs while building is built as ever.
build() {
    RUSTFLAGS=$1 cargo build --release --bin openline --target "$host" --target-dir "$2"
}

echo "=== 1 of 3: to watch itself"
build "-Cprofile-generate=$seen" "$out/watched"

echo "=== 2 of 3: at work"
watched=$out/watched/$host/release/openline
export OPENLINE_LOG=warn OPENLINE_LIMITS_POSTS_PER_SECOND=0 OPENLINE_LIMITS_LINES_PER_ADDRESS=0 OPENLINE_LIMITS_CONNECTIONS_PER_ADDRESS=0
# Only the server is seen. With the load beside it, which counts most, a post was slower than without any profile.
work() {
    echo "$*"
    LLVM_PROFILE_FILE=/dev/null "$watched" bench "$url" --json "$@" >/dev/null 2>"$out/work.log" || { cat "$out/work.log" >&2; exit 1; }
}
for data in memory "$out/data"; do
    rm -rf "$out/data" "$out/ready"
    "$watched" --listen 127.0.0.1:0 --json --data "$data" >"$out/ready" &
    server=$!
    trap 'kill "$server" 2>/dev/null || true' EXIT
    url=
    while [ -z "$url" ]; do
        kill -0 "$server"
        sleep 0.1
        url=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$out/ready")
    done
    work --what publish --posters 64 --seconds 6
    work --what publish --posters 1 --seconds 4
    for transport in sse websocket; do
        work --what listen --transport $transport --lines 1000 --rate 100 --seconds 5
        work --what listen --transport $transport --lines 500 --posters 4 --seconds 3
        work --what listen --transport $transport --lines 1000 --rooms 100 --posters 4 --seconds 4
    done
    work --what listen --lines 200 --rooms 200 --rooms-per-line 50 --posters 4 --seconds 3
    work --what storm --lines 1000
    work --what replay --newcomers 100
    work --what chat --lines 200 --seconds 5
    kill "$server"
    wait "$server"
done
rm -rf "$out/data"

echo "=== 3 of 3: by what was seen"
"$profdata" merge -o "$out/seen.profdata" "$seen"
build "-Cprofile-use=$out/seen.profdata" "$out/built"
cp "$out/built/$host/release/openline" "$out/openline"
echo "target/pgo/openline"
