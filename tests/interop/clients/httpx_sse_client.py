"""Python's httpx-sse. To come back is the program's business: it sends the last id, as a browser does."""

import json
import sys
import time

import httpx
import httpx_sse


def listen(url):
    last = None
    while True:
        headers = {"last-event-id": last} if last else {}
        try:
            with httpx_sse.connect_sse(httpx.Client(timeout=60), "GET", url, headers=headers) as source:
                for event in source.iter_sse():
                    if event.event in ("message", "tick") and event.data:
                        yield event.data
                    last = event.id or last
        except httpx.TransportError:
            time.sleep(0.1)


for data in listen(sys.argv[1] + "?since=all"):
    print(data, flush=True)
    if json.loads(data).get("body") == "the end":
        break
