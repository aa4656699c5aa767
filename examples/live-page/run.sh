#!/bin/sh
# Starts the server, and with it the feeder, which counts and tells the time every second. Ctrl-C ends both.
cd "$(dirname "$0")" || exit
openline=${OPENLINE:-openline}

"$openline" --config openline.toml & server=$!
# It tries again until the server is there.
"$openline" post ticks '{"count":{n},"time":"{now}"}' --every 1s >/dev/null & feeder=$!

trap 'kill $server $feeder' INT TERM
wait $server
kill $feeder 2>/dev/null
