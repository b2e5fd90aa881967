"""LOG_FORMAT=json: every line is one JSON object, of Django, of gunicorn, and with a traceback in it."""

import json
import os
import subprocess
import sys

import pytest
import structlog
from django.test import Client
from django.urls import reverse

from runtime.layout import ROOT

SIGNED_IN = "django.contrib.auth.backends.ModelBackend"
TALKS = """
import django; django.setup()
import logging, structlog
structlog.get_logger("ours").info("sent", message_id=7)
logging.getLogger("django.request").warning("Not Found: %s", "/x")
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger("ours").exception("broke")
    logging.getLogger("another").exception("broke, too")
"""


def said_by(*words: str, **variables: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=os.environ | variables, text=True, capture_output=True,
        timeout=60, check=True,
    )  # fmt: skip
    return (done.stdout + done.stderr).splitlines()


def test_each_line_is_one_object():
    lines = [json.loads(line) for line in said_by("-c", TALKS, LOG_FORMAT="json")]
    assert [line["event"] for line in lines] == ["sent", "Not Found: /x", "broke", "broke, too"]
    assert lines[0] | {"message_id": 7, "level": "info", "logger": "ours"} == lines[0]
    assert all("ZeroDivisionError" in line["exception"] for line in lines[2:])


def test_plain_lines_for_whoever_reads_a_terminal():
    lines = said_by("-c", TALKS, LOG_FORMAT="plain")
    assert lines[0].startswith("timestamp=")
    assert "message_id=7" in lines[0]


def test_gunicorns_own_words_too():
    talks = (
        "import runpy, logging.config; c = runpy.run_path('gunicorn.conf.py');"
        "logging.config.dictConfig(c['logconfig_dict']);"
        "logging.getLogger('gunicorn.error').error('Worker (pid:%s) was sent SIGKILL', 7)"
    )
    (line,) = said_by("-c", talks, LOG_FORMAT="json")
    assert json.loads(line)["event"] == "Worker (pid:7) was sent SIGKILL"


def test_another_word_is_refused():
    with pytest.raises(subprocess.CalledProcessError):
        said_by("-c", "import django; django.setup()", LOG_FORMAT="xml")


@pytest.mark.django_db
def test_what_somebody_looked_for_is_not_written_down(cast, caplog):
    """django-structlog names the request where a page is missing or fails."""
    client = Client()
    client.force_login(cast.users["teacher"], SIGNED_IN)
    with caplog.at_level("INFO"):
        assert client.get("/nothing/", {"q": "徐梦瑶"}).status_code == 404
    told = [str(record.msg) for record in caplog.records if "request_finished" in str(record.msg)]
    assert len(told) == 1
    assert "/nothing/" in told[0]
    for name in ("徐梦瑶", "%E5%BE%90"):
        assert all(name not in str(record.msg) for record in caplog.records)


@pytest.mark.django_db
def test_a_page_that_broke_has_a_line_of_who_and_from_where(cast, caplog, monkeypatch):
    monkeypatch.setattr("homeschool.views.get_token", lambda request: 1 / 0)
    client = Client(raise_request_exception=False, REMOTE_ADDR="127.0.0.9")
    client.force_login(cast.users["teacher"], SIGNED_IN)
    assert client.get(reverse("offline_state")).status_code == 500
    found = [one.msg for one in caplog.records if isinstance(one.msg, dict)]
    (line,) = [one for one in found if one["event"] == "request_failed"]
    assert line["user_id"] == cast.users["teacher"].pk
    assert line["ip"] == "127.0.0.9"
    assert line["request"] == f"GET {reverse('offline_state')}"
    assert line["request_id"]


@pytest.mark.django_db
def test_who_asked_stands_on_no_line_after_the_request(cast):
    client = Client()
    client.force_login(cast.users["teacher"], SIGNED_IN)
    assert client.get(reverse("offline_state")).status_code == 200
    assert structlog.contextvars.get_contextvars() == {}
