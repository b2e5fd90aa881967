"""Notes that another system sends: in the child's file, and counted nowhere."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessRecord
from classroom.models import Observation
from classroom.policies import observations_visible_to
from classroom.queries.observing import with_attention
from delivery.models import OutboxMessage
from safeguarding.early_warning.facts import _notes, _Of
from safeguarding.models import Concern
from students.models import Barrier, Student
from tests.access.test_matrix import visitor
from tests.api.conftest import note_of, send
from tests.factories.api import make_token, system
from tests.factories.factors import give_factor

PATH = "/api/v1/observations/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(cast):
    return system(make_token(cast, ("observations.write",)))


def added(client, *notes) -> list[str]:
    answer = send(client, PATH, {"observations": list(notes)})
    assert answer.status_code == 200, answer.content
    return [one["result"] for one in answer.json()["observations"]]


def test_a_note_stands_in_the_file_under_the_tokens_name(cast, client):
    assert added(client, note_of(cast, place="图书角", strengths=["keeps_at_it"])) == ["added"]
    row = Observation.objects.get()
    assert (row.student, row.words, row.place) == (
        cast.students["mengyao"],
        "借了三本书。",
        "图书角",
    )
    assert (row.strengths, row.written_by.name, row.is_reported) == (
        ["keeps_at_it"],
        "API · 校门",
        True,
    )
    on = timezone.localdate()
    for role, sees in (("teacher", True), ("counsellor", True), ("admin", False)):
        assert observations_visible_to(cast.users[role], on).exists() is sees, role


def test_nobody_has_looked_for_it_and_nothing_follows(cast, client):
    added(client, note_of(cast, strengths=["brave"], themes=["withdrawal", "weary"]))
    child = with_attention(Student.objects.filter(pk=cast.students["mengyao"].pk)).get()
    assert (child.seen_at, child.praised_at, child.told_at) == (None, None, None)
    assert _notes(_Of([cast.school.pk], None), timezone.localdate()) == {}
    assert not Concern.objects.exists()
    assert not OutboxMessage.objects.filter(adult__isnull=False).exists()
    Observation.objects.update(is_reported=False)  # the same, written by a person, counts
    child = with_attention(Student.objects.filter(pk=child.pk)).get()
    assert child.seen_at
    assert _notes(_Of([cast.school.pk], None), timezone.localdate())


def test_sent_again_it_is_there_once_by_whichever_token(cast, client):
    note = note_of(cast)
    added(client, note)
    assert added(client, note) == ["known"]
    assert added(system(make_token(cast, ("observations.write",))), note) == ["known"]
    assert Observation.objects.count() == 1


def test_what_a_colleague_took_back_stays_so(cast, client):
    note = note_of(cast)
    added(client, note)
    row = Observation.objects.get()
    teacher = Client()
    teacher.force_login(cast.users["teacher"], "django.contrib.auth.backends.ModelBackend")
    page = teacher.get(reverse("classroom:note", args=[row.pk])).content.decode()
    address = reverse("classroom:retract", args=[row.pk])
    assert f'action="{address}"' in page
    assert 'name="words"' not in page  # nobody corrects what a machine said
    teacher.post(address)
    assert added(client, note) == ["known"]
    row.refresh_from_db()
    assert row.retracted_at


def test_another_note_under_a_used_id_is_refused(cast, client):
    added(client, note_of(cast))
    note = note_of(cast, words="借了四本书。")
    answer = send(client, PATH, {"observations": [note]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/observations/0/id"
    assert Observation.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"id": ""}, "/observations/0/id"),
        ({"student": "999999"}, "/observations/0/student"),
        ({"words": ""}, "/observations/0/words"),
        ({"words": "x" * 501}, "/observations/0/words"),
        ({"strengths": ["rich"]}, "/observations/0/strengths/0"),
        ({"happened_at": "2026-11-27T18:05:00"}, "/observations/0/happened_at"),
        ({"happened_at": "2020-11-27T18:05:00+08:00"}, "/observations/0/happened_at"),
        ({"happened_at": "2099-11-27T18:05:00+08:00"}, "/observations/0/happened_at"),
        ({"tell_family": True}, "/observations/0/tell_family"),
        ({"deeds": ["listened"]}, "/observations/0/deeds"),
    ],
)
def test_what_is_wrong_is_pointed_at_and_nothing_is_added(cast, client, change, pointer):
    notes = [note_of(cast, **change), note_of(cast, id="good")]
    answer = send(client, PATH, {"observations": notes})
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert not Observation.objects.exists()


def test_children_whom_the_colleague_may_not_see_are_nobody(cast, client):
    far = note_of(cast, student=str(cast.students["yuan"].pk))
    Barrier.objects.create(
        school=cast.school,
        student=cast.students["mengyao"],
        user=cast.users["counsellor"],
        reason="x",
        set_by=cast.users["principal"],
        set_at=timezone.now(),
    )
    answers = [send(client, PATH, {"observations": [note]}) for note in (far, note_of(cast))]
    assert {one.status_code for one in answers} == {422}
    assert answers[0].json() == answers[1].json()


def test_no_system_reads_a_note(cast, client):
    added(client, note_of(cast, happened_at=(timezone.now() - timedelta(days=2)).isoformat()))
    answer = client.get(PATH, {"student": cast.students["mengyao"].pk})
    assert answer.status_code == 403
    assert answer.json()["detail"] == "Only colleagues can read this, signed in with a browser."
    assert client.head(PATH).status_code == 403
    assert not AccessRecord.objects.exists()


def test_a_colleague_reads_what_the_childs_page_shows(cast, client):
    added(client, note_of(cast))
    child, at = cast.students["mengyao"], timezone.now()
    own = Observation.objects.create(
        school=cast.school,
        student=child,
        words="课间教同桌跳绳。",
        happened_at=at - timedelta(days=2),
        recorded_at=at,
        strengths=["helps"],
        written_by=cast.users["teacher"],
    )
    gone = Observation.objects.create(
        school=cast.school,
        student=child,
        words="写错了。",
        happened_at=at,
        recorded_at=at,
        retracted_at=at,
        written_by=cast.users["teacher"],
    )
    reading = visitor(cast, "teacher")
    told = reading.get(PATH, {"student": child.pk}).json()
    assert [one["words"] for one in told["observations"]] == [own.words, "借了三本书。"]
    assert gone.words not in str(told)
    first, second = told["observations"]
    assert (first["by"], first["strengths"], first["is_reported"]) == ("张丽华", ["helps"], False)
    assert second["is_reported"] is True
    since = (at - timedelta(days=1)).isoformat()
    told = reading.get(PATH, {"student": child.pk, "since": since}).json()["observations"]
    assert [one["words"] for one in told] == ["借了三本书。"]
    told = reading.get(PATH, {"student": child.pk, "until": since}).json()["observations"]
    assert [one["words"] for one in told] == [own.words]
    (name,) = {
        row.user for row in AccessRecord.objects.filter(student_id=child.pk, what="observations")
    }
    assert name == cast.users["teacher"]


@pytest.mark.parametrize("role", ["next_teacher", "admin", "far_teacher", "village", "county"])
def test_whoever_reads_no_note_on_the_page_reads_none_here(cast, role):
    give_factor(cast.users[role])
    answer = visitor(cast, role).get(PATH, {"student": cast.students["mengyao"].pk})
    assert answer.status_code == 404
    assert not AccessRecord.objects.exists()


def test_a_child_whose_file_is_closed_to_the_colleague_is_not_there(cast):
    Barrier.objects.create(
        school=cast.school,
        student=cast.students["mengyao"],
        user=cast.users["teacher"],
        reason="亲戚",
        set_by=cast.users["principal"],
        set_at=timezone.now(),
    )
    answer = visitor(cast, "teacher").get(PATH, {"student": cast.students["mengyao"].pk})
    assert answer.status_code == 404


@pytest.mark.parametrize("asked", [{}, {"student": "x"}, {"student": "0"}])
def test_of_nobody_there_is_nothing(cast, asked):
    assert visitor(cast, "teacher").get(PATH, asked).status_code == 404


def test_what_a_filter_cannot_mean_is_pointed_at(cast):
    asked = {"student": cast.students["mengyao"].pk, "since": "yesterday"}
    answer = visitor(cast, "teacher").get(PATH, asked)
    assert answer.status_code == 400
    assert [one["pointer"] for one in answer.json()["errors"]] == ["since"]
