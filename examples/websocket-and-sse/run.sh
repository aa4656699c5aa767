#!/bin/sh
# Starts the server, and with it the feeder, which says something every few seconds. Ctrl-C ends both.
cd "$(dirname "$0")" || exit
openline=${OPENLINE:-openline}

"$openline" --config openline.toml & server=$!
# It tries again until the server is there.
"$openline" post board "The server says: it is {now}" --every 3s >/dev/null & feeder=$!

trap 'kill $server $feeder' INT TERM
wait $server
kill $feeder 2>/dev/null
