"""Calls that the exchange of the school's phone tells of: each counts once; nothing is told of the family."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AttemptCount
from calls.reported import NOBODYS, SAID_BEFORE, source_key
from guardians.actions import retract_contact
from guardians.models import Contact, ContactPoint, Guardianship
from guardians.queries import last_contact_on
from students.models import Barrier, Student
from tests.api.conftest import call_of, send
from tests.factories.api import make_token, system

PATH = "/api/v1/contacts/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(cast):
    return system(make_token(cast, ("contacts.write",)))


def results(response) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["result"] for row in response.json()["calls"]]


def test_a_call_counts_as_a_talk_that_a_teacher_wrote_down(cast, client):
    assert results(send(client, PATH, {"calls": [call_of(cast)]})) == ["counted"]
    row = Contact.objects.get()
    assert (row.student, row.adult) == (cast.students["mengyao"], cast.adults["mother"])
    assert (row.kind, row.reported_by, row.minutes) == ("call", "staff", 7)
    assert row.happened_on == timezone.localdate(timezone.now() - timedelta(hours=1))
    assert row.recorded_by.name == "API · 校门"
    child = Student.objects.annotate(last=last_contact_on()).get(pk=row.student_id)
    assert child.last == row.happened_on


@pytest.mark.parametrize("written", ["138 0000 0001", "008613800000001", "+86 138-0000-0001"])
def test_a_number_however_it_is_written(cast, client, written):
    ContactPoint.objects.filter(adult=cast.adults["mother"]).update(address="+8613800000001")
    assert results(send(client, PATH, {"calls": [call_of(cast, number=written)]})) == ["counted"]


def test_told_again_it_counts_once_by_whichever_token(cast, client):
    body = {"calls": [call_of(cast)]}
    send(client, PATH, body)
    assert results(send(client, PATH, body)) == ["known"]
    renewed = system(make_token(cast, ("contacts.write",), name="电话"))
    assert results(send(renewed, PATH, body)) == ["known"]
    assert Contact.objects.count() == 1


def test_what_a_person_took_back_stays_taken_back(cast, client):
    body = {"calls": [call_of(cast)]}
    send(client, PATH, body)
    retract_contact(source_key=Contact.objects.get().source_key, at=timezone.now())
    assert results(send(client, PATH, body)) == ["known"]
    assert Contact.objects.get().retracted_at


def test_another_call_under_a_used_id_is_refused(cast, client):
    send(client, PATH, {"calls": [call_of(cast)]})
    for change in ({"seconds": 900}, {"student": str(cast.students["xiaobao"].pk)}):
        response = send(client, PATH, {"calls": [call_of(cast, **change)]})
        assert response.status_code == 422
        assert response.json()["errors"][0]["pointer"] == "/calls/0/id"
    assert Contact.objects.count() == 1


def call_by_relation(cast, relation, **more):
    told = call_of(cast, relation=relation, **more)
    del told["number"]
    return told


def test_who_is_barred_is_answered_as_who_is_not_there(cast, client):
    """By number and by relation, also where the number is the mother's as well."""
    ContactPoint.objects.create(
        school=cast.school, adult=cast.adults["father"], kind="phone", address="+8613800009999"
    )
    calls = [
        call_of(cast, id="barred", number="+8613800009999"),
        call_of(cast, id="nobody", number="+8613800008888"),
        call_by_relation(cast, "father", id="by relation"),
        call_of(cast, id="short", seconds=59),
    ]
    assert results(send(client, PATH, {"calls": calls})) == ["not_counted"] * 4
    shared = call_of(cast, id="shared")
    ContactPoint.objects.filter(address="+8613800009999").update(address=shared["number"])
    assert results(send(client, PATH, {"calls": [shared]})) == ["not_counted"]
    assert not Contact.objects.exists()


def test_a_mother_by_relation_and_a_call_of_a_minute(cast, client):
    told = call_by_relation(cast, "mother", seconds=60)
    assert results(send(client, PATH, {"calls": [told]})) == ["counted"]
    assert Contact.objects.get().minutes == 1


def test_whoever_cares_at_home_is_no_parent(cast, client):
    Guardianship.objects.filter(adult=cast.adults["mother"]).update(kind="carer")
    assert results(send(client, PATH, {"calls": [call_of(cast)]})) == ["not_counted"]


def test_a_disputed_number_leads_to_nobody(cast, client):
    told = call_of(cast)
    ContactPoint.objects.filter(adult=cast.adults["mother"]).update(disputed_at=timezone.now())
    assert results(send(client, PATH, {"calls": [told]})) == ["not_counted"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"id": ""}, "/calls/0/id"),
        ({"id": "x" * 81}, "/calls/0/id"),
        ({"student": "999999"}, "/calls/0/student"),
        ({"student": "x"}, "/calls/0/student"),
        ({"number": "12"}, "/calls/0/number"),
        ({"number": 7.5}, "/calls/0/number"),
        ({"relation": "mother"}, "/calls/0/number"),
        ({"seconds": -1}, "/calls/0/seconds"),
        ({"seconds": 36_001}, "/calls/0/seconds"),
        ({"seconds": "long"}, "/calls/0/seconds"),
        ({"began_at": "2026-11-27"}, "/calls/0/began_at"),
        ({"began_at": "2026-11-27T18:05:00"}, "/calls/0/began_at"),
        ({"began_at": "2020-11-27T18:05:00+08:00"}, "/calls/0/began_at"),
        ({"began_at": "2099-11-27T18:05:00+08:00"}, "/calls/0/began_at"),
        ({"mood": 1}, "/calls/0/mood"),
    ],
)
def test_what_is_wrong_is_pointed_at_and_nothing_counts(cast, client, change, pointer):
    calls = [call_of(cast, **change), call_of(cast, id="good")]
    response = send(client, PATH, {"calls": calls})
    assert response.status_code == 422
    assert pointer in [error["pointer"] for error in response.json()["errors"]]
    assert not Contact.objects.exists()


def test_the_same_call_twice_in_a_list(cast, client):
    response = send(client, PATH, {"calls": [call_of(cast), call_of(cast)]})
    assert response.json()["errors"][0]["pointer"] == "/calls/1/id"


def test_children_of_another_school_and_those_whose_file_is_closed_are_nobody(cast, client):
    far = send(client, PATH, {"calls": [call_of(cast, student=str(cast.students["yuan"].pk))]})
    Barrier.objects.create(
        school=cast.school,
        student=cast.students["mengyao"],
        user=cast.users["admin"],
        reason="x",
        set_by=cast.users["principal"],
        set_at=timezone.now(),
    )
    closed = send(client, PATH, {"calls": [call_of(cast)]})
    assert far.status_code == closed.status_code == 422
    assert far.json() == closed.json()


def test_two_calls_cost_as_many_reads_as_one(cast, client):
    def reads(calls) -> int:
        with CaptureQueriesContext(connection) as found:
            assert "counted" not in results(send(client, PATH, {"calls": calls}))
        return len(found)

    reads([call_of(cast, id="first", seconds=5)])  # notes that the token was used
    few = reads([call_of(cast, id="1", seconds=5)])
    many = [call_of(cast, id=str(one), seconds=5) for one in range(2, 12)]
    assert reads(many) == few


def test_a_list_of_another_school_counts_under_its_own_ids(cast, client):
    """The id is the exchange's, and each school may have its own exchange that begins with 1."""
    assert source_key(cast.school.pk, "1") != source_key(cast.other_school.pk, "1")


def wrong(cast, numbers, **more):
    return [call_of(cast, id=f"wrong-{one}", number=f"1389366{one:04d}", **more) for one in numbers]


def test_a_parents_number_is_not_found_out_by_trying(cast, client):
    """Whose number ends in four unknown figures is otherwise told by "counted" in a few lists."""
    most = NOBODYS.most
    assert set(results(send(client, PATH, {"calls": wrong(cast, range(most - 1))}))) == {
        "not_counted"
    }
    renewed = system(make_token(cast, ("contacts.write",), name="电话"))
    for one in (client, renewed):
        answer = send(one, PATH, {"calls": [*wrong(cast, [most]), call_of(cast)]})
        assert answer.status_code == 422
        pointers = [row["pointer"] for row in answer.json()["errors"]]
        assert pointers == ["/calls/0/number", "/calls/1/number"]
    assert send(client, PATH, {"calls": [call_of(cast)]}).status_code == 422
    assert not Contact.objects.exists()


def test_many_numbers_of_one_child_at_once(cast, client):
    calls = [*wrong(cast, range(NOBODYS.most + 1)), call_of(cast)]
    assert send(client, PATH, {"calls": calls}).status_code == 422
    assert not Contact.objects.exists()


def test_what_was_told_while_the_child_was_full_is_a_guess_the_next_day_too(cast, client):
    """Otherwise many numbers in one list would all be free, and answered to, in the next window."""
    every = [*wrong(cast, range(2 * NOBODYS.most)), call_of(cast)]
    assert send(client, PATH, {"calls": every}).status_code == 422
    limit = AttemptCount.objects.filter(what=NOBODYS.what)
    assert AttemptCount.objects.filter(what=SAID_BEFORE.what).count() == NOBODYS.most
    limit.update(ends_at=timezone.now() - timedelta(hours=1))
    assert send(client, PATH, {"calls": every}).status_code == 422
    assert not Contact.objects.exists()
    # What was counted before is no new guess: a list that an exchange sends again comes through.
    limit.update(ends_at=timezone.now() - timedelta(hours=1))
    assert set(results(send(client, PATH, {"calls": every}))) == {"not_counted", "counted"}


def test_a_list_of_many_numbers_ends_its_counting_where_the_child_is_full(cast, client):
    with CaptureQueriesContext(connection) as asked:
        send(client, PATH, {"calls": wrong(cast, range(100))})
    taken = [
        one for one in asked.captured_queries if "INSERT INTO accounts_attemptcount" in one["sql"]
    ]
    assert len(taken) <= 2 * NOBODYS.most + 2


def test_other_children_relations_and_short_calls_go_on(cast, client):
    send(client, PATH, {"calls": wrong(cast, range(NOBODYS.most + 1))})
    other = call_of(cast, student=str(cast.students["xiaobao"].pk))
    by_word = call_of(cast, id="pbx-2", relation="mother")
    by_word.pop("number")
    short = call_of(cast, id="pbx-3", seconds=5)
    found = results(send(client, PATH, {"calls": [other, by_word, short]}))
    assert found == ["counted", "counted", "not_counted"]


def test_the_same_wrong_number_is_one_guess_and_the_next_day_is_free(cast, client):
    """A neighbour's phone rings for a child each evening; and an exchange repeats what was not answered."""
    for number in range(NOBODYS.most + 5):
        calls = [call_of(cast, id=f"neighbour-{number}", number="13893669999")]
        assert results(send(client, PATH, {"calls": calls})) == ["not_counted"]
    send(client, PATH, {"calls": wrong(cast, range(NOBODYS.most + 1))})
    AttemptCount.objects.update(ends_at=timezone.now() - timedelta(hours=1))
    assert results(send(client, PATH, {"calls": [call_of(cast)]})) == ["counted"]


def test_an_answer_that_was_given_is_given_again(cast, client):
    body = {"calls": [call_of(cast)]}
    first = send(client, PATH, body, key="same")
    send(client, PATH, {"calls": wrong(cast, range(NOBODYS.most + 1))})
    again = send(client, PATH, body, key="same")
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
