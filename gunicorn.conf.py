"""The web server, in `./start` and in docker-compose.yml."""

import os
import sys

from homeschool import logs

cores = os.cpu_count() or 1
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
wsgi_app = "homeschool.wsgi:application"
# Pages are mostly template work, so processes count; threads keep a slow phone from holding a process.
workers = int(os.environ.get("WEB_CONCURRENCY", max(2, min(cores, 8))))
worker_class = "gthread"
threads = 4
# Otherwise one process may take most of a school's connections while another waits for work.
worker_connections = 1000 // workers
timeout = 60  # seconds
graceful_timeout = 10  # seconds
keepalive = 5  # seconds
# A worker that has grown through a large import is replaced; not all at the same moment. Rarely, because
# the new one starts cold: when a school's pupils all answer at once, some would wait for seconds.
max_requests = 50_000
max_requests_jitter = 5_000
# A heartbeat file on a busy disk can stall a worker long enough to be killed.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
# Whether a proxy is believed is said once, by TRUSTED_PROXIES (core/client.py), not here as well.
forwarded_allow_ips = ""
errorlog = "-"
loglevel = "info"
if os.environ.get("LOG_FORMAT") == "json":
    # Its own words, too: of a worker that ended, of a request that took too long.
    own = {"level": "INFO", "handlers": ["console"], "propagate": False}
    logconfig_dict = logs.config("json", "INFO")
    logconfig_dict["loggers"] |= {"gunicorn.error": own, "gunicorn.access": own}


# Loaded once, and shared by the processes that are forked from it.
preload_app = True


def when_ready(server):
    """Before the first process is forked."""
    from homeschool import loading, time_limits, walls

    time_limits.keep_to(time_limits.PAGES)
    walls.stand_behind(walls.WEB)
    if (
        "homeschool.wsgi" in sys.modules
    ):  # benchmarks serve a floor without Django by this file, too
        loading.load_to_share()
