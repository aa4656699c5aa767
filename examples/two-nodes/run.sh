#!/bin/sh
# Starts a Redis, two nodes, and nginx before them, all on this machine; Ctrl-C ends all. What they write is in the
# folder data/. In the environment: LISTEN, NODES (as many as you like) and REDIS_PORT.
cd "$(dirname "$0")" || exit
openline=${OPENLINE:-openline}
listen=${LISTEN:-127.0.0.1:3000}
nodes=${NODES:-127.0.0.1:3001 127.0.0.1:3002}
data=${DATA:-$PWD/data}
nginx=$(PATH=$PATH:/usr/sbin command -v nginx) || {
    echo "nginx is missing. On Debian or Ubuntu: sudo apt-get install nginx-light" >&2
    exit 1
}

# The last that was started ends first.
started= redis=
finish() {
    for process in $started $redis; do
        kill "$process" 2>/dev/null
        wait "$process" 2>/dev/null
    done
}
trap 'exit 0' INT TERM
trap finish EXIT

. ../redis.sh
start_redis "$data"

rm -f "$data/nodes.conf"
for node in $nodes; do
    rm -f "$data/$node"
    command="$openline --config openline.toml --engine $engine --listen $node"
    $command >"$data/$node" & process=$!
    started="$process $started"
    # It says where it is when it is ready.
    until [ -s "$data/$node" ]; do
        kill -0 "$process" 2>/dev/null || exit 1
        sleep 0.1
    done
    echo "node http://$node is process $process: $command"
    echo "server $node max_fails=0;" >>"$data/nodes.conf"
done

echo "listen $listen backlog=4096;" >"$data/listen.conf"
cp nginx.conf "$data"
"$nginx" -p "$data" -c "$data/nginx.conf" -e stderr -g 'daemon off;' & front=$!
started="$front $started"
echo "http://$listen"
wait $front
