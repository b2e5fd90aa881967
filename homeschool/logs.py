"""One line per record, as data, with user and request (django-structlog).

Used for Django, Celery and, without Django, gunicorn.conf.py.
"""

from collections.abc import MutableMapping
from typing import Any

import structlog

FIRST = ["timestamp", "level", "logger", "event"]
# What these log at INFO is already logged by others.
QUIET = ("django_structlog", "httpx", "axes", "allauth", "weasyprint", "fontTools")
# It logs a room's key where the key is wrong, and words of the provider's answer.
SILENT = ("apprise",)
FORMATS = ("plain", "json")


def without_query(
    logger: Any, method: str, record: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Keep only the part of an address before the question mark: a search may contain a child's name."""
    if isinstance(record.get("request"), str):
        record["request"] = record["request"].partition("?")[0]
    return record


def config(form: str, level: str) -> dict[str, Any]:
    """Return the configuration for logging.config.dictConfig. `form` is one of FORMATS."""
    renderer = {
        "plain": structlog.processors.KeyValueRenderer(key_order=FIRST),
        "json": structlog.processors.JSONRenderer(ensure_ascii=False),
    }[form]
    before = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
    ]
    last: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if form == "json":  # puts a traceback within its record, not in lines after it
        last.append(structlog.processors.format_exc_info)
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [*last, renderer],
        "foreign_pre_chain": before,
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {name: {"level": "WARNING"} for name in QUIET}
        | {name: {"level": "CRITICAL"} for name in SILENT},
    }
