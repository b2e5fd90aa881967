"""If-Match: nobody overwrites what has changed since it was read."""

from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from api.v1 import views
from classroom.actions import save_register
from classroom.models import AttendanceMark
from classroom.rules import Mark
from students.models import Student
from tests.api.conftest import ATTENDANCE, send
from tests.factories.api import ROW, make_job, make_token, row_of, school_today, system


@pytest.fixture
def client(cast):
    return system(make_token(cast))


def etag(client, cast, day) -> str:
    answer = client.get(ATTENDANCE, {"class": cast.school_class.pk, "day": day})
    assert answer.status_code == 200
    return answer["ETag"]


def write(client, rows, tag, key=""):
    return send(client, ATTENDANCE, {"rows": rows}, key, headers={"If-Match": tag})


@pytest.mark.django_db
class TestAttendance:
    def test_unchanged_it_is_written_and_the_tag_is_another(self, cast, client, whole_class, day):
        tag = etag(client, cast, day)
        assert write(client, whole_class(), tag).status_code == 200
        assert etag(client, cast, day) != tag
        assert AttendanceMark.objects.get().kind == "absent"

    def test_what_a_person_changed_since_is_answered_412(self, cast, client, whole_class, day):
        write(client, whole_class("present"), "*")
        tag = etag(client, cast, day)
        save_register(
            school_class=cast.school_class,
            on=timezone.localdate(),
            was={},
            now={cast.students["xiaobao"].pk: Mark("late")},
            by=cast.users["teacher"],
            at=timezone.now(),
        )
        response = write(client, whole_class(), tag)
        assert response.status_code == 412
        assert response["Content-Type"] == "application/problem+json"
        assert response.json()["type"].endswith("#changed")
        assert [row.kind for row in AttendanceMark.objects.all()] == ["late"]

    def test_a_weak_tag_and_one_of_several_hold(self, cast, client, whole_class, day):
        tag = etag(client, cast, day)
        assert write(client, whole_class(), f'"x", W/{tag}').status_code == 200
        assert AttendanceMark.objects.get().kind == "absent"

    @pytest.mark.parametrize("tag", ['"x"', "x", "", '""', "W/"])
    def test_a_tag_that_is_none_changes_nothing(self, cast, client, whole_class, day, tag):
        assert write(client, whole_class(), tag).status_code == 412
        assert not AttendanceMark.objects.exists()

    def test_sent_again_it_is_answered_as_then(self, cast, client, whole_class, day):
        tag = etag(client, cast, day)
        first, again = (write(client, whole_class(), tag, "a") for _one in range(2))
        assert (first.status_code, again.status_code) == (200, 200)
        assert again["Idempotent-Replayed"] == "true"

    def test_of_two_classes_or_days_it_says_nothing(self, cast, client, whole_class, day):
        other = {"student": str(cast.students["haitao"].pk), "day": day, "mark": "present"}
        response = write(client, [*whole_class(), other], etag(client, cast, day))
        assert response.status_code == 422
        assert response.json()["errors"][0]["pointer"] == "If-Match"

    def test_the_tag_is_the_same_in_every_language(self, cast, client, day):
        secret = make_token(cast)
        assert etag(system(secret, "zh-hans"), cast, day) == etag(system(secret), cast, day)


@pytest.mark.django_db
def test_a_job_is_applied_only_as_it_was_shown(cast):
    secret = make_token(cast)
    client = system(secret)
    job = f"/api/v1/roster/{make_job(row_of(secret), [ROW, ROW | {'name': '徐小宝'}]).pk}/"
    tag = client.get(job)["ETag"]
    assert system(secret, "zh-hans").get(job)["ETag"] == tag
    Student.objects.filter(name="徐小宝").update(village="黄羊川村")
    response = send(client, f"{job}apply/", {}, headers={"If-Match": tag})
    assert response.status_code == 412
    assert client.get(job).json()["state"] == "checked"
    tag = client.get(job)["ETag"]
    assert send(client, f"{job}apply/", {}, headers={"If-Match": tag}).json()["state"] == "queued"


@pytest.mark.django_db(transaction=True)
def test_of_two_edits_at_once_one_is_refused(cast, monkeypatch):
    """Both have read the same state, and both have come as far as the lock."""
    day, secret = school_today(cast), make_token(cast)
    rows = [
        {"student": str(cast.students[key].pk), "day": day, "mark": "absent"}
        for key in ("mengyao", "xiaobao")
    ]
    tag = etag(system(secret), cast, day)
    together, answers = Barrier(2), []
    lock = views.lock_register

    def meet(*given):
        together.wait(10)
        return lock(*given)

    monkeypatch.setattr(views, "lock_register", meet)

    def run(kind):
        try:
            answers.append(write(system(secret), [row | {"mark": kind} for row in rows], tag))
        finally:
            connection.close()

    threads = [Thread(target=run, args=(kind,)) for kind in ("absent", "late")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert len(set(AttendanceMark.objects.values_list("kind", flat=True))) == 1
