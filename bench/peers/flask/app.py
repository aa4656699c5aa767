"""Server-Sent Events with Flask and Redis as the tutorials write them: each line listens to Redis by itself."""

import os

import redis
from flask import Flask, Response, request

app = Flask(__name__)
store = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def lines(rooms):
    pubsub = store.pubsub(ignore_subscribe_messages=True)
    try:
        pubsub.subscribe(*rooms)
        yield "event: hello\ndata: {}\n\n"
        for message in pubsub.listen():
            if message["type"] == "message":
                yield f"data: {message['data']}\n\n"
    finally:
        pubsub.close()


def stream(rooms):
    return Response(lines(rooms), mimetype="text/event-stream", headers={"Cache-Control": "no-cache"})


@app.get("/rooms/<room>")
def hear(room):
    return stream([room])


@app.get("/stream")
def hear_several():
    return stream(request.args.getlist("room"))


@app.post("/rooms/<room>")
def say(room):
    store.publish(room, request.get_data(as_text=True))
    return "", 201
