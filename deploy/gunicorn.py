"""How gunicorn serves the APIs and pages, in every mode: `gunicorn -c deploy/gunicorn.py 'services.runtime:application()'`.

CAIRN_API_WORKERS processes (1) of CAIRN_API_THREADS threads (16). Both wait for MongoDB most of the time.
CAIRN_API_GRACEFUL_S (30) is how long requests under way may take when it is told to stop.
"""

import os

worker_class = "gthread"
workers = int(os.environ.get("CAIRN_API_WORKERS", "1"))
threads = int(os.environ.get("CAIRN_API_THREADS", "16"))

# Without it one of two workers often got all keep-alive connections, at half the speed.
reuse_port = True
# MongoDB's client must be made in the process that uses it.
preload_app = False

timeout = 30
graceful_timeout = int(os.environ.get("CAIRN_API_GRACEFUL_S", "30"))
keepalive = 75  # longer than gateways keep an idle connection, so that they never write into a closing one
backlog = 512

limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190

# Requests are logged by the application, with call id and trace, and without personal text.
accesslog = None
errorlog = "-"
loglevel = "warning"
control_socket_disable = True
