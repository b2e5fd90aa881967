"""Who came in by which way, and who did not, stands in the server's log: without a name that was typed,
which is often a password, and without what was wrong.
"""

import logging

import pytest
from django.test import Client

from accounts.guessing import AT_ADDRESS
from students.pictures import PICTURES
from tests.factories.cast import PASSWORD

pytestmark = pytest.mark.django_db
TYPED = "s3cret typed into the wrong field"


def told(caplog, event: str) -> list[dict]:
    lines = [one.msg for one in caplog.records if isinstance(one.msg, dict)]
    return [line for line in lines if line["event"] == event]


def sign_in(client: Client, name: str, password: str):
    return client.post("/accounts/login/", {"login": name, "password": password})


def test_signing_in_and_out(cast, caplog, client):
    caplog.set_level(logging.INFO)
    sign_in(client, "teacher", PASSWORD)
    client.post("/accounts/logout/")
    teacher = cast.users["teacher"].pk
    (came,) = told(caplog, "signed_in")
    assert (came["user_id"], came["ways"], came["ip"]) == (teacher, ["password"], "127.0.0.1")
    assert came["timestamp"].endswith("Z")
    assert came["request_id"]
    assert [one["user_id"] for one in told(caplog, "signed_out")] == [teacher]


def test_what_was_wrong_is_told_without_what_was_typed(cast, caplog):
    for _one in range(AT_ADDRESS.most):
        sign_in(Client(), TYPED, TYPED)
    assert [one["is_locked"] for one in told(caplog, "password_refused")] == [
        False
    ] * AT_ADDRESS.most
    sign_in(Client(), TYPED, TYPED)
    assert told(caplog, "password_refused")[-1]["is_locked"]
    assert "password address" in told(caplog, "limit_reached")[0]["limits"]
    assert "s3cret" not in caplog.text


def test_pictures_that_are_nobodys(cast, caplog, client):
    picked = "-".join(PICTURES[:5])
    said = {"class_code": cast.school_class.door_code, "picked": picked, "pick": PICTURES[5]}
    assert client.post("/p/sign-in/", said).status_code == 422
    assert len(told(caplog, "pictures_refused")) == 1
    assert picked not in caplog.text


def test_a_page_that_is_not_theirs_is_told_with_who_asked(cast, caplog, client):
    client.force_login(cast.users["far_teacher"], "django.contrib.auth.backends.ModelBackend")
    assert client.get(f"/children/{cast.students['mengyao'].pk}/").status_code == 404
    (line,) = told(caplog, "request_finished")
    assert line["user_id"] == cast.users["far_teacher"].pk
    assert (line["code"], line["level"], line["ip"]) == (404, "warning", "127.0.0.1")
    assert line["request"] == f"GET /children/{cast.students['mengyao'].pk}/"


def test_no_line_is_forged_by_a_line_break(cast, caplog, client):
    caplog.set_level(logging.INFO)
    client.get("/nowhere/%0Alevel='critical'%20event='forged'/")
    console = logging._handlers["console"]
    lines = [console.format(one) for one in caplog.records]
    assert any("nowhere" in line for line in lines)
    assert not [line for line in lines if "\n" in line]
