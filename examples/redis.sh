# Read by the examples that keep what was said in Redis.
#
# start_redis FOLDER starts a Redis for this machine alone, on $REDIS_PORT. It writes to an append-only file in
# the folder before it answers. Sets $redis, its process id, and $engine, its address.
start_redis() {
    port=${REDIS_PORT:-6380}
    if ! command -v redis-server >/dev/null || ! command -v redis-cli >/dev/null; then
        echo "redis-server is missing. On Debian or Ubuntu: sudo apt-get install redis-server" >&2
        exit 1
    fi
    mkdir -p "$1"
    redis-server --bind 127.0.0.1 --port "$port" --dir "$1" --logfile redis.log \
        --appendonly yes --appendfsync always --save '' &
    redis=$!
    # It is this one that shall answer, not another on the same port.
    until redis-cli -p "$port" info server 2>/dev/null | grep -q "^process_id:$redis.$"; do
        if ! kill -0 "$redis" 2>/dev/null; then
            echo "Redis did not start on port $port; REDIS_PORT takes another. The end of $1/redis.log:" >&2
            tail -n 2 "$1/redis.log" >&2
            exit 1
        fi
        sleep 0.1
    done
    # shellcheck disable=SC2034 # for whoever reads this file
    engine=redis://127.0.0.1:$port/0
}
