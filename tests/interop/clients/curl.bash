#!/usr/bin/env bash
# curl and one JSON object a line. To come back is the script's business: it asks for what is after the last id.
since=all
while sleep 0.1; do
    while read -r line; do
        [[ $line =~ ^\{\"(message|tick)\":(\{\"id\":\"([^\"]+)\".*\})\}$ ]] || continue
        since=${BASH_REMATCH[3]}
        printf '%s\n' "${BASH_REMATCH[2]}"
        [[ $line == *'"body":"the end"'* ]] && exit
    done < <(curl -sN "$1?live&since=$since")
done
