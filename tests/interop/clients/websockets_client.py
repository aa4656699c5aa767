"""Python's websockets. To come back is the program's business: it asks for what is after the last id."""

import json
import sys
import time

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


def listen(url):
    since = "all"
    while True:
        try:
            with connect(f"{url}?since={since}") as socket:
                for text in socket:
                    event = json.loads(text)
                    message = event.get("message") or event.get("tick")
                    if message:
                        since = message["id"]
                        yield message
        except (OSError, ConnectionClosed):
            pass
        time.sleep(0.1)


for message in listen(sys.argv[1].replace("http", "ws")):
    print(json.dumps(message), flush=True)
    if message.get("body") == "the end":
        break
