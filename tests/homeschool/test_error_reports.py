"""What reaches a server of error reports: where our code broke, and nothing of anybody."""

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import sentry_sdk
from celery.signals import task_failure
from django.conf import settings as django_settings
from django.core.signals import got_request_exception
from django.test import Client
from django.urls import reverse

from homeschool import error_reports
from homeschool.celery import app
from tests.factories.cast import make_cast

NAME, PHONE, WORDS = "徐梦瑶", "13893512207", "妈妈，我想你"


class Sink:
    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        taken = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                is_packed = self.headers.get("Content-Encoding") == "gzip"
                taken.append(gzip.decompress(body) if is_packed else body)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.dsn = f"http://key@127.0.0.1:{self.server.server_port}/1"

    def events(self) -> list[dict]:
        sentry_sdk.flush(10)
        return [json.loads(body.split(b"\n")[2]) for body in self.bodies]


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    # Where Brotli is installed it would pack by that.
    error_reports.begin(sink.dsn, "9.9", _experiments={"transport_compression_algo": "gzip"})
    yield sink
    for signal in (got_request_exception, task_failure):
        signal.disconnect(dispatch_uid="error_reports")
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)
    sink.server.shutdown()
    sink.server.server_close()


@pytest.fixture
def broken(monkeypatch):
    """A page that breaks with a name in the error, in a value, in the form and in the address."""

    def breaks(*_: object, **__: object) -> None:
        child = f"{NAME} {PHONE}"
        raise ValueError(f"no such child: {child}")

    monkeypatch.setattr("homeschool.views.get_token", breaks)


def test_a_page_that_breaks(db, sink, broken, client):
    cast = make_cast()
    client = Client(raise_request_exception=False)
    client.force_login(cast.users["teacher"])
    path = f"{reverse('offline_state')}?who={PHONE}"
    answer = client.get(path, headers={"User-Agent": NAME, "Referer": f"http://testserver/{PHONE}"})
    assert answer.status_code == 500
    (event,) = sink.events()
    assert event["tags"] == {"route": "offline_state"}
    (error,) = event["exception"]["values"]
    assert error["type"] == "ValueError"
    assert [one["function"] for one in error["stacktrace"]["frames"]][-1] == "breaks"
    lines = b"\n".join(sink.bodies).split(b"\n")
    whole = json.dumps([json.loads(line) for line in lines if line], ensure_ascii=False)
    for secret in (
        NAME,
        PHONE,
        cast.users["teacher"].name,
        "teacher",
        "no such child",
        "127.0.0.1:",
        "sessionid",
    ):
        assert secret not in whole.replace(sink.dsn, ""), secret
    assert set(event) <= {*error_reports.EVENT, "tags", "exception"}


def test_a_task_that_fails(sink):
    @app.task(name="tests.breaks_too")
    def breaks(words: str) -> None:
        raise RuntimeError(words)

    breaks.apply(args=[WORDS])
    app.tasks.unregister(breaks)
    (event,) = sink.events()
    assert event["tags"] == {"task": "tests.breaks_too"}
    assert event["exception"]["values"][0]["type"] == "RuntimeError"
    assert WORDS not in json.dumps(event, ensure_ascii=False)


def test_what_is_not_named_does_not_go_whatever_comes():
    event = {
        "event_id": "1", "user": {"id": 7}, "request": {"url": PHONE}, "breadcrumbs": [WORDS],
        "extra": {"a": NAME},
        "server_name": "county", "message": WORDS, "logentry": {"message": WORDS}, "contexts": {"a": NAME},
        "tags": {"route": "today", "phone": PHONE}, "invented_later": NAME,
        "exception": {"values": [{
            "type": "E", "value": WORDS, "mechanism": {"data": NAME},
            "stacktrace": {"frames": [{"function": "f", "vars": {"child": NAME}, "context_line": NAME}]},
        }]},
    }  # fmt: skip
    assert error_reports.allowed(event) == {
        "event_id": "1", "tags": {"route": "today"},
        "exception": {"values": [{"type": "E", "stacktrace": {"frames": [{"function": "f"}]}}]},
    }  # fmt: skip


def test_without_an_address_nothing_begins():
    assert django_settings.SENTRY_DSN == ""
    assert not sentry_sdk.get_client().is_active()
