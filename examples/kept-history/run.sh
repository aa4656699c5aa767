#!/bin/sh
# Starts a Redis that keeps what was said in the folder data/, and the server on it. Ctrl-C ends both.
# Given the address of a Redis, as in ./run.sh redis://127.0.0.1:6379/0, starts only the server.
cd "$(dirname "$0")" || exit
openline=${OPENLINE:-openline}
[ -z "$1" ] || exec "$openline" --config openline.toml --engine "$1"

. ../redis.sh
trap 'exit 0' INT TERM
trap 'kill $server 2>/dev/null; wait $server; kill $redis 2>/dev/null; wait' EXIT
start_redis "${DATA:-$PWD/data}"
"$openline" --config openline.toml --engine "$engine" & server=$!
wait $server
