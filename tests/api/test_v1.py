"""Figures without names, attendance in and out, and what every address of ours has in common."""

import gzip
import json
from datetime import timedelta
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions import record_access
from accounts.models import AccessRecord
from api import repeats
from api.description.document import document
from api.models import ApiToken, KeptAnswer
from classroom.actions import save_register
from classroom.models import AttendanceMark, ClassRegister
from classroom.rules import Mark
from figures import weekly
from figures.publishing import publish_week
from guardians.models import Contact
from schools.models import CalendarDay
from tests.api.conftest import ATTENDANCE, post
from tests.factories.api import make_token, school_today, system
from tests.factories.cast import make_student
from tests.factories.published import MONDAY_NOON, SUNDAY, make_week


@pytest.fixture
def client(cast):
    return system(make_token(cast))


def marks() -> dict[str, str]:
    rows = AttendanceMark.objects.select_related("student")
    return {row.student.name: f"{row.kind}|{row.reason}" for row in rows}


# --- Figures -------------------------------------------------------------------------------------


COUNTS = {"pupils": 310, "away": 164, "connected": (150, 164), "screened": (9, 16)}


def test_figures_are_the_spans_that_the_county_has_published(cast, client):
    make_week(cast.county, cast.school, counts=COUNTS | {"with_concern": 12, "long_concern": 3})
    make_week(cast.county, cast.other_school, counts={"pupils": 95})
    body = client.get("/api/v1/figures/").json()
    assert body["school"] == cast.school.code
    (week,) = body["weeks"]
    assert (week["ends_on"], week["edition"]) == (SUNDAY.isoformat(), 1)
    spans = {
        row["key"]: (row["unit"], row["low"], row["high"], row["gap"]) for row in week["figures"]
    }
    assert spans == {
        "pupils": ("count", 310, 319, ""),
        "away": ("count", 160, 169, ""),
        "connected": ("share", 90, 100, ""),
        "screened": ("share", None, None, "few"),
    }


def test_a_talk_of_today_changes_nothing_that_was_told(cast, client):
    make_week(cast.county, cast.school, counts=COUNTS)
    before = client.get("/api/v1/figures/").content
    child, mother = cast.students["mengyao"], cast.adults["mother"]
    talked = {"happened_on": timezone.localdate(), "recorded_at": timezone.now()}
    row = Contact(school=cast.school, student=child, adult=mother, reported_by="staff", **talked)
    row.save()
    assert client.get("/api/v1/figures/").content == before


def test_without_a_published_week_nothing_is_told(cast, client):
    assert client.get("/api/v1/figures/").json()["weeks"] == []


def test_every_published_figure_has_a_definition_in_the_callers_language(cast):
    assert publish_week(cast.county, SUNDAY, MONDAY_NOON)
    secret = make_token(cast)
    words = system(secret, "zh-hans").get("/api/v1/figures/definitions/").json()["definitions"]
    keys = {row["key"] for row in words}
    (week,) = system(secret).get("/api/v1/figures/").json()["weeks"]
    assert {row["key"] for row in week["figures"]} == keys
    english = system(secret).get("/api/v1/figures/definitions/").json()["definitions"]
    assert "Talked with a parent" in {row["name"] for row in english}
    assert "Talked with a parent" not in {row["name"] for row in words}


def test_nothing_tells_of_concerns(cast, client):
    definitions = client.get("/api/v1/figures/definitions/").content.decode().lower()
    for word in ("concern", "case", "report"):
        assert word not in definitions.replace("recorded", ""), word
    described = json.dumps(dict.fromkeys(document("en")["paths"], 1))
    assert "concern" not in described


# --- Attendance ----------------------------------------------------------------------------------


def test_a_class_is_written_by_the_rooms_own_action(cast, client, whole_class, day):
    response = post(client, whole_class(reason="ill"))
    assert response.json() == {"received": 2, "changed": 1, "kept": 0}
    assert marks() == {"徐梦瑶": "absent|ill"}
    register = ClassRegister.objects.get()
    assert register.school_class == cast.school_class
    assert register.taken_by.name == "API · 校门"
    again = client.get(ATTENDANCE, {"class": cast.school_class.pk, "day": day}).json()
    assert again["taken_at"].endswith("+08:00")
    assert {row["student"]: row["mark"] for row in again["rows"]} == {
        str(cast.students["mengyao"].pk): "absent",
        str(cast.students["xiaobao"].pk): "present",
    }
    assert "ill" not in json.dumps(again)
    assert AccessRecord.objects.filter(what="attendance").count() == 2


def test_it_corrects_its_own_word_and_leaves_a_persons(cast, client, whole_class, day):
    post(client, whole_class())
    child = whole_class("late")[:1]
    assert post(client, child).json()["changed"] == 1
    save_register(
        school_class=cast.school_class,
        on=timezone.localdate(),
        was={cast.students["mengyao"].pk: Mark("late")},
        now={cast.students["mengyao"].pk: Mark("absent", "ill")},
        by=cast.users["teacher"],
        at=timezone.now(),
    )
    assert post(client, whole_class("present")).json() == {"received": 2, "changed": 0, "kept": 1}
    assert marks() == {"徐梦瑶": "absent|ill"}


def test_a_child_whom_the_taker_does_not_see_is_left_out(cast, client, day):
    save_register(
        school_class=cast.school_class,
        on=timezone.localdate(),
        was={},
        now={},
        seen=[cast.students["mengyao"].pk],
        by=cast.users["teacher"],
        at=timezone.now(),
    )
    found = client.get(ATTENDANCE, {"class": cast.school_class.pk, "day": day}).json()
    assert [row["student"] for row in found["rows"]] == [str(cast.students["mengyao"].pk)]


def test_leave_stays(cast, client, whole_class):
    AttendanceMark.objects.create(
        school=cast.school,
        student=cast.students["mengyao"],
        marked_on=timezone.localdate(),
        kind="leave",
        written_by=cast.users["teacher"],
        written_at=timezone.now(),
    )
    assert post(client, whole_class("absent")).json()["kept"] == 1
    assert marks() == {"徐梦瑶": "leave|"}


def test_nobody_counts_as_there_for_not_being_named(cast, client, whole_class):
    response = post(client, whole_class()[:1])
    assert response.status_code == 422
    error = response.json()["errors"][0]
    assert error["pointer"] == "/rows"
    assert str(cast.students["xiaobao"].pk) in error["detail"]
    assert not ClassRegister.objects.exists()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"mark": "ill"}, "/rows/0/mark"),
        ({"mark": "leave"}, "/rows/0/mark"),
        ({"reason": "hunger"}, "/rows/0/reason"),
        ({"mark": "present", "reason": "ill"}, "/rows/0/reason"),
        ({"day": "2026-13-01"}, "/rows/0/day"),
        ({"day": "2099-01-01"}, "/rows/0/day"),
        ({"day": "2001-01-01"}, "/rows/0/day"),
        ({"student": "0"}, "/rows/0/student"),
        ({"student": "x"}, "/rows/0/student"),
        ({"student": None}, "/rows/0/student"),
        ({"student": "9" * 19}, "/rows/0/student"),
        ({"session": "morning"}, "/rows/0/session"),
    ],
)
def test_what_is_wrong_is_pointed_at_and_nothing_is_saved(
    cast, client, whole_class, change, pointer
):
    rows = whole_class()
    rows[0] |= change
    response = post(client, rows)
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["type"].endswith("#not-as-described")
    assert pointer in [error["pointer"] for error in body["errors"]]
    assert not AttendanceMark.objects.exists()
    assert not ClassRegister.objects.exists()


def test_a_child_of_another_school_is_nobody_here(cast, client, whole_class):
    rows = [*whole_class(), whole_class()[0] | {"student": str(cast.students["yuan"].pk)}]
    unknown = [*whole_class(), whole_class()[0] | {"student": "999999999"}]
    first, second = post(client, rows), post(client, unknown)
    assert first.status_code == second.status_code == 422
    assert first.json() == second.json()


def test_twice_in_one_list_is_refused(cast, client, whole_class):
    response = post(client, [*whole_class(), whole_class()[0]])
    assert [error["pointer"] for error in response.json()["errors"]] == ["/rows/2/student"]


def test_a_day_without_school(cast, client, whole_class):
    CalendarDay.objects.update(kind="holiday", name="运动会")
    response = post(client, whole_class())
    assert "运动会" in response.json()["errors"][0]["detail"]


def test_the_class_of_another_school_is_not_there(cast, client, day):
    for asked in (
        {"class": cast.far_class.pk, "day": day},
        {"class": "x", "day": day},
        {"class": cast.school_class.pk, "day": "x"},
        {},
    ):
        assert client.get(ATTENDANCE, asked).status_code == 404


def test_a_day_that_nobody_took_says_so(cast, client, day):
    body = client.get(ATTENDANCE, {"class": cast.school_class.pk, "day": day}).json()
    assert body["taken_at"] is None
    assert body["rows"] == []


def test_reading_a_class_of_ten_costs_what_one_of_two_costs(cast, client, whole_class, day):
    post(client, whole_class())
    asked = {"class": cast.school_class.pk, "day": day}
    client.get(ATTENDANCE, asked)
    with CaptureQueriesContext(connection) as few:
        client.get(ATTENDANCE, asked)
    for number in range(8):
        make_student(cast.school_class, f"王小{number}")
    with CaptureQueriesContext(connection) as many:
        client.get(ATTENDANCE, asked)
    assert len(few) == len(many)


# --- Sent again ----------------------------------------------------------------------------------


def test_sent_again_it_does_nothing_and_answers_the_same(cast, client, whole_class):
    first = post(client, whole_class(), "a")
    AttendanceMark.objects.all().delete()
    again = post(client, whole_class(), "a")
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert not AttendanceMark.objects.exists()


def test_the_same_key_for_another_body_is_refused(cast, client, whole_class):
    post(client, whole_class(), "a")
    response = post(client, whole_class("late"), "a")
    assert response.status_code == 422
    assert marks() == {"徐梦瑶": "absent|"}


def test_a_refused_request_may_be_put_right_under_its_key(cast, client, whole_class):
    assert post(client, whole_class()[:1], "a").status_code == 422
    assert post(client, whole_class(), "a").status_code == 200


@pytest.mark.parametrize("key", ["", "x" * 101, "schlüssel", "a\tb"])
def test_without_a_key_nothing_is_written(cast, client, whole_class, key):
    response = client.post(
        ATTENDANCE,
        json.dumps({"rows": whole_class()}),
        "application/json",
        headers={"Idempotency-Key": key} if key else {},
    )
    assert response.status_code == 400
    assert not ClassRegister.objects.exists()


def test_two_tokens_have_their_own_keys(cast, whole_class):
    first = post(system(make_token(cast)), whole_class(), "a")
    other = post(system(make_token(cast, name="食堂")), whole_class("late"), "a")
    assert (first.status_code, other.status_code) == (200, 200)
    assert "Idempotent-Replayed" not in other
    assert other.json() != first.json()


def test_kept_for_a_day(cast, client, whole_class):
    post(client, whole_class(), "a")
    at = KeptAnswer.objects.get().kept_at
    assert repeats.forget(at + timedelta(hours=23, minutes=59)) == 0
    assert repeats.forget(at + timedelta(hours=24)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_time_write_once(cast):
    secret, day = make_token(cast), school_today(cast)
    rows = [
        {"student": str(cast.students[key].pk), "day": day, "mark": "absent"}
        for key in ("mengyao", "xiaobao")
    ]
    key, together, answers = str(uuid4()), Barrier(2), []

    def send():
        try:
            together.wait()
            answers.append(post(system(secret), rows, key))
        finally:
            connection.close()

    threads = [Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.json() for answer in answers] == [{"received": 2, "changed": 2, "kept": 0}] * 2
    assert sorted("Idempotent-Replayed" in answer for answer in answers) == [False, True]
    history = AttendanceMark.pgh_event_model.objects.all()
    assert history.count() == 2


# --- What all have in common ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"rows": "\\u0000"}', "application/json", 400),
        (b'{"rows": NaN}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[]", "application/json", 422),
        (b'"rows"', "application/json", 422),
        (b'{"rows": []}', "application/json", 422),
        (b'{"rows": [1]}', "application/json", 422),
        (b'{"rows": [], "more": 1}', "application/json", 422),
        (b"rows=1", "application/x-www-form-urlencoded", 415),
        (b" " * (1024 * 1024 + 1), "application/json", 413),
        (b"[" + b"1," * (10 * 1024 * 1024) + b"1]", "application/json", 413),
    ],
)
def test_bodies_that_cannot_be_meant(cast, client, body, content_type, status):
    headers = {"Idempotency-Key": "a"}
    response = client.post(ATTENDANCE, body, content_type, headers=headers)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == status


def test_a_body_in_pieces_is_not_taken_for_an_empty_one(cast, client, whole_class):
    """Some libraries send no length unless they are told to."""
    answer = client.post(
        ATTENDANCE,
        json.dumps({"rows": whole_class()}),
        "application/json",
        headers={"idempotency-key": "1", "transfer-encoding": "chunked"},
        CONTENT_LENGTH="",
    )
    assert answer.status_code == 400
    assert "Content-Length" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "query", "names"),
    [
        ("figures/", {"week": "1"}, ["week"]),
        ("figures/definitions/", {"x": ""}, ["x"]),
        ("attendance/", {"class": "1", "date": "2026-11-27"}, ["date"]),
        ("attendance/", {"class": ["1", "2"], "day": ""}, ["class", "day"]),
        ("check-ins/", {"class": ""}, ["class"]),
        ("calls/", {"day": "2026-11-27", "class": "1"}, ["class"]),
        ("message-texts/", {"language": "en"}, ["language"]),
        ("messages/bus-1/", {"x": "1"}, ["x"]),
        ("roster/", {"state": "done"}, ["state"]),
        ("roster/1/", {"fields": "id"}, ["fields"]),
        ("surveys/rounds/1/", {"since": "1"}, ["since"]),
    ],
)
def test_a_parameter_that_the_address_does_not_know_is_pointed_at(client, path, query, names):
    answer = client.get(f"/api/v1/{path}", query)
    assert answer.status_code == 400
    assert [one["pointer"] for one in answer.json()["errors"]] == names


def test_methods_that_are_not_there(cast, client):
    for method in ("put", "patch", "delete", "options"):
        assert getattr(client, method)(ATTENDANCE).status_code == 405, method
    assert client.post("/api/v1/figures/").status_code == 405
    assert client.head("/api/v1/figures/").status_code == 200


def test_errors_in_the_callers_language(cast, whole_class):
    secret = make_token(cast)
    chinese = post(system(secret, "zh-hans"), whole_class()[:1]).json()
    english = post(system(secret), whole_class()[:1]).json()
    assert chinese["title"] != english["title"]
    assert chinese["errors"] != english["errors"]


def test_how_often_one_may_ask(cast, monkeypatch):
    from api.limits import PerCaller

    monkeypatch.setattr(PerCaller, "most", 2)
    first, second = system(make_token(cast)), system(make_token(cast))
    answer = first.get("/api/v1/figures/")
    assert (answer["RateLimit-Limit"], answer["RateLimit-Remaining"]) == ("2", "1")
    first.get("/api/v1/figures/")
    refused = first.get("/api/v1/figures/")
    assert refused.status_code == 429
    assert refused["RateLimit-Remaining"] == "0"
    assert 0 < int(refused["Retry-After"]) <= 60
    assert second.get("/api/v1/figures/").status_code == 200


def test_history_names_the_system(cast, client, whole_class):
    post(client, whole_class())
    event = AttendanceMark.pgh_event_model.objects.select_related("pgh_context").get()
    account = ApiToken.objects.get(name="校门").account_id
    assert event.pgh_context.metadata["user"] == account


def test_nothing_is_kept_by_a_cache(cast, client):
    answer = client.get("/api/v1/figures/")
    assert "no-store" in answer["Cache-Control"]
    assert "Authorization" in answer["Vary"]


def test_what_another_system_reads_and_reports_is_no_use_by_the_school(cast, client, whole_class):
    """Else a school that nobody at it opens any more would never be asked what is wrong."""
    post(client, whole_class())
    client.get("/ims/oneroster/rostering/v1p2/students")
    today = timezone.localdate()
    week = weekly.Week(today + timedelta(days=7 - today.isoweekday()), timezone.now())
    assert AccessRecord.objects.filter(school_id=cast.school.pk).exists()
    assert ClassRegister.objects.filter(school=cast.school).exists()
    assert not weekly.school_week(cast.school, week).is_used
    record_access(
        by=cast.users["teacher"], school_id=cast.school.pk, student_ids=[1], what="file", ip=None
    )
    assert weekly.school_week(cast.school, week).is_used


def test_an_answer_is_compressed_for_whoever_asks_and_its_tag_still_counts(cast):
    client, path = system(make_token(cast)), "/api/v1/figures/definitions/"
    plain = client.get(path)
    packed = client.get(path, headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    asked = {"if-none-match": packed["ETag"], "accept-encoding": "gzip"}
    assert client.get(path, headers=asked).status_code == 304


def test_a_write_takes_no_parameters(cast, client):
    """One that the address passed over would have written something else than was asked."""
    rows = [{"student": str(cast.students["mengyao"].pk), "mark": "absent"}]
    for query in ("dry_run=1", "limit=5", "limit=", "limit=1&limit=2"):
        answer = post(client, rows, path=f"{ATTENDANCE}?{query}")
        errors = answer.json()["errors"]
        assert (answer.status_code, errors[0]["pointer"]) == (400, query.partition("=")[0])
    assert not ClassRegister.objects.exists()
