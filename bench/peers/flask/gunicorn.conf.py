"""gunicorn as its documentation and Flask's advise for streams: greenlets, two workers a core and one more."""

import multiprocessing
import os

bind = f"127.0.0.1:{os.environ['PORT']}"
backlog = 32767
worker_class = "gevent"
workers = multiprocessing.cpu_count() * 2 + 1
worker_connections = 20000
keepalive = 3600
limit_request_line = 8190
loglevel = "warning"
