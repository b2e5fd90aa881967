"""Reports errors to a server that uses Sentry's protocol (SENTRY_DSN), preferably one of the county's own.

A report is built from an allow list, not cleaned: the kind of error, where in our code, in which page or
task. It never contains a message (which may quote what somebody wrote), a value, an address, a header or a
person.
"""

from typing import Any

import sentry_sdk
from celery.signals import task_failure
from django.core.signals import got_request_exception

EVENT = ("event_id", "timestamp", "level", "platform", "release")
FRAME = ("filename", "function", "module", "lineno", "in_app")
KIND = ("type", "module")
TAGS = ("route", "task")


def begin(dsn: str, release: str, **more: Any) -> None:
    sentry_sdk.init(
        dsn,
        release=release,
        before_send=allowed,
        # Each of them would collect something on its own.
        default_integrations=False,
        auto_enabling_integrations=False,
        max_breadcrumbs=0,
        include_local_variables=False,
        include_source_context=False,
        auto_session_tracking=False,
        send_client_reports=False,
        server_name="",
        **more,
    )
    got_request_exception.connect(_page_broke, dispatch_uid="error_reports")
    task_failure.connect(_task_broke, dispatch_uid="error_reports")


def allowed(event: Any, hint: Any = None) -> Any:
    """Return a new event with nothing but what is named above."""
    found = {name: event[name] for name in EVENT if name in event}
    found["tags"] = {name: one for name, one in (event.get("tags") or {}).items() if name in TAGS}
    errors = (event.get("exception") or {}).get("values") or []
    told = []
    for one in errors:
        frames = (one.get("stacktrace") or {}).get("frames") or []
        kept = [{name: frame[name] for name in FRAME if name in frame} for frame in frames]
        told.append(
            {name: one[name] for name in KIND if name in one} | {"stacktrace": {"frames": kept}}
        )
    found["exception"] = {"values": told}
    return found


def _page_broke(request: Any = None, **_: Any) -> None:
    match = getattr(request, "resolver_match", None)
    _tell(None, "route", match.view_name if match else "none")


def _task_broke(sender: Any = None, exception: BaseException | None = None, **_: Any) -> None:
    _tell(exception, "task", getattr(sender, "name", "none"))


def _tell(error: BaseException | None, tag: str, name: str) -> None:
    with sentry_sdk.new_scope() as scope:
        scope.set_tag(tag, name)
        scope.capture_exception(error)
