"""Two parents want one time; changing and cancelling; the phone room's marks and what follows from them."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from calls import actions, family_presenters, queries
from calls.models import CallPeriod, CallSlot, CallWish
from guardians.models import Contact, Guardianship
from tests.factories.calls import (
    NOON,
    WEDNESDAY,
    at_school,
    make_phone,
    make_slot,
    offer_calls,
    open_afternoons,
)
from tests.factories.cast import make_adult, make_cast, make_guardianship, make_student

FIRST = at_school(WEDNESDAY, 16, 30)
SECOND = at_school(WEDNESDAY, 16, 50)


@pytest.fixture
def phone(cast):
    return offer_calls(cast.school)


def book(cast, phone, *, child="mengyao", adult="mother", starts_at=FIRST, **fields):
    return actions.book(
        student=cast.students[child],
        adult=cast.adults[adult],
        **{
            "place_id": phone.pk,
            "starts_at": starts_at,
            "booked_by": "family",
            "key": uuid4(),
            "at": NOON,
            **fields,
        },
    )


def states(cast, child="mengyao"):
    return list(
        CallSlot.objects.filter(student=cast.students[child])
        .order_by("pk")
        .values_list("state", flat=True)
    )


@pytest.mark.django_db(transaction=True)
def test_of_many_parents_who_take_one_time_one_gets_it_and_the_others_are_told():
    """Two parents would be enough for the rule; eight at once would also reveal deadlocks in PostgreSQL."""
    cast = make_cast()
    phone = offer_calls(cast.school)
    families = [("mengyao", "mother"), ("haitao", "other_mother")]
    for number in range(6):
        child = cast.students[f"c{number}"] = make_student(cast.school_class, f"张小{number}")
        adult = cast.adults[f"a{number}"] = make_adult(cast.school, f"张大{number}")
        make_guardianship(child, adult, "mother")
        families.append((f"c{number}", f"a{number}"))
    ready, outcomes = threading.Barrier(len(families)), {}

    def take(child, adult):
        connection.ensure_connection()
        ready.wait()
        try:
            outcomes[adult] = book(cast, phone, child=child, adult=adult)
        except Exception as error:
            outcomes[adult] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=pair) for pair in families]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    losers = [child for child, adult in families if not isinstance(outcomes[adult], CallSlot)]
    assert {type(outcomes[adult]) for _child, adult in families} == {CallSlot, actions.TimeTaken}
    assert len(losers) == len(families) - 1
    assert CallSlot.objects.count() == 1
    child, adult = next(pair for pair in families if pair[0] in losers)
    assert book(cast, phone, child=child, adult=adult, starts_at=SECOND).starts_at == SECOND


@pytest.mark.django_db(transaction=True)
def test_two_taps_of_one_parent_leave_one_call():
    cast = make_cast()
    phone = offer_calls(cast.school)
    ready = threading.Barrier(2)

    def take(starts_at):
        ready.wait()
        try:
            book(cast, phone, starts_at=starts_at)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(one,)) for one in (FIRST, SECOND)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(states(cast)) == ["booked", "cancelled"]


def test_a_parent_is_not_at_two_phones_at_one_time(cast, phone):
    """With one child at the phone and a sibling in the video room, one adult can talk with only one of
    them.
    """
    other = make_phone(cast.school, name="视频室", kind="video")
    open_afternoons(other)
    book(cast, phone)
    with pytest.raises(actions.TimeTaken):
        book(cast, other, child="xiaobao")
    assert book(cast, other, child="haitao", adult="other_mother").place == other


def test_the_same_key_books_once(cast, phone):
    key = uuid4()
    assert book(cast, phone, key=key).pk == book(cast, phone, key=key, starts_at=SECOND).pk
    assert states(cast) == ["booked"]


def test_a_change_lets_the_former_time_go(cast, phone):
    book(cast, phone)
    book(cast, phone, starts_at=SECOND)
    assert states(cast) == ["cancelled", "booked"]
    book(cast, phone, child="haitao", adult="other_mother", starts_at=FIRST)


def test_the_time_that_is_booked_is_not_offered_again(cast, phone):
    held = Guardianship.objects.get(student=cast.students["mengyao"], adult=cast.adults["mother"])

    def offered() -> set[str]:
        days = family_presenters.choose(held, NOON, "")["days"]
        return {choice.value for day in days for choice in day.choices}

    before = offered()
    slot = book(cast, phone)
    booked = f"{slot.place_id}@{slot.starts_at:%Y-%m-%dT%H:%MZ}"
    assert booked in before
    assert offered() == before - {booked}


def test_changing_to_a_time_that_overlaps_ones_own(cast, phone):
    book(cast, phone)
    again = book(cast, phone)
    assert again.starts_at == FIRST
    assert states(cast) == ["cancelled", "booked"]


@pytest.mark.parametrize(
    "starts_at",
    [
        at_school(WEDNESDAY, 16, 35),
        at_school(WEDNESDAY, 3, 0),
        FIRST - timedelta(days=1),
        FIRST + timedelta(days=60),
    ],
)
def test_what_the_school_does_not_offer_cannot_be_booked(cast, phone, starts_at):
    with pytest.raises(actions.TimeTaken):
        book(cast, phone, starts_at=starts_at)
    assert states(cast) == []


def test_a_place_of_another_school_cannot_be_booked(cast, phone):
    far = make_phone(cast.other_school)
    with pytest.raises(actions.TimeTaken):
        book(cast, far)


def test_a_failed_change_keeps_the_former_time(cast, phone):
    book(cast, phone)
    book(cast, phone, child="haitao", adult="other_mother", starts_at=SECOND)
    with pytest.raises(actions.TimeTaken):
        book(cast, phone, starts_at=SECOND)
    assert states(cast) == ["booked"]


@pytest.mark.parametrize("child", ["mengyao", "haitao"])
def test_the_database_itself_refuses_two_calls_at_once(cast, phone, child):
    """Either two children at one place, or one child at two places."""
    place = phone if child == "haitao" else make_phone(cast.school, "视频室", kind="video")
    make_slot(phone, cast.students["mengyao"], cast.adults["mother"], FIRST)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_slot(
            place,
            cast.students[child],
            cast.adults["other_mother"],
            FIRST + timedelta(minutes=10),
        )
    make_slot(place, cast.students[child], cast.adults["other_mother"], SECOND)


def test_a_blocked_place_of_time_is_free_again_when_called_off(cast, phone):
    slot = book(cast, phone)
    assert actions.cancel(slot_id=slot.pk, cancelled_by="family", at=NOON)
    assert not actions.cancel(slot_id=slot.pk, cancelled_by="family", at=NOON)
    book(cast, phone, child="haitao", adult="other_mother")
    with pytest.raises(actions.TimeTaken):
        actions.mark(slot_id=slot.pk, state="booked", by=cast.users["teacher"], at=NOON)


def mark(cast, slot, state, at):
    return actions.mark(slot_id=slot.pk, state=state, by=cast.users["teacher"], at=at)


def test_done_is_a_contact_that_the_school_saw_and_undone_is_none(cast, phone):
    slot = book(cast, phone)
    mark(cast, slot, "running", FIRST)
    mark(cast, slot, "done", FIRST + timedelta(minutes=18))
    mark(cast, slot, "done", FIRST + timedelta(minutes=19))
    contact = Contact.objects.get()
    assert (contact.kind, contact.reported_by, contact.minutes) == ("call", "staff", 18)
    assert contact.source_key == f"call-slot:{slot.pk}"
    assert contact.happened_on == WEDNESDAY
    mark(cast, slot, "booked", FIRST + timedelta(minutes=20))
    contact.refresh_from_db()
    assert contact.retracted_at is not None
    mark(cast, slot, "done", FIRST + timedelta(minutes=21))
    contact.refresh_from_db()
    assert contact.retracted_at is None
    mark(cast, slot, "missed", FIRST + timedelta(minutes=22))
    contact.refresh_from_db()
    assert contact.retracted_at is not None


def test_a_video_room_makes_a_video_call(cast, phone):
    room = make_phone(cast.school, "视频室", kind="video")
    slot = make_slot(room, cast.students["mengyao"], cast.adults["mother"], FIRST)
    mark(cast, slot, "done", FIRST)
    assert Contact.objects.get().kind == "video"
    assert Contact.objects.get().minutes is None


@pytest.mark.parametrize("state", ["running", "done", "missed"])
def test_what_has_not_begun_has_neither_happened_nor_failed(cast, phone, state):
    slot = book(cast, phone)
    with pytest.raises(actions.NotYet):
        mark(cast, slot, state, FIRST - timedelta(hours=1))
    assert states(cast) == ["booked"]


def test_what_was_called_off_cannot_be_done(cast, phone):
    slot = book(cast, phone)
    actions.cancel(slot_id=slot.pk, cancelled_by="staff", at=NOON)
    mark(cast, slot, "done", FIRST)
    assert states(cast) == ["cancelled"]
    assert not Contact.objects.exists()


def test_a_wish_is_open_once_and_a_booking_settles_it(cast, phone):
    child, mother = cast.students["mengyao"], cast.adults["mother"]
    for words in ("晚上", "周日晚上"):
        actions.tell_none_fits(student=child, adult=mother, words=words, key=uuid4(), at=NOON)
    assert CallWish.objects.get().words == "周日晚上"
    book(cast, phone, booked_by="staff", by=cast.users["teacher"])
    assert CallWish.objects.get().settled_by == cast.users["teacher"]


def test_moods_are_kept_only_for_a_call_that_was(cast, phone):
    slot = book(cast, phone)
    actions.set_mood(slot_id=slot.pk, mood=2)
    slot.refresh_from_db()
    assert slot.mood is None
    mark(cast, slot, "done", FIRST)
    actions.set_mood(slot_id=slot.pk, mood=2)
    actions.set_child_mood(slot=slot, mood=1, at=FIRST)
    slot.refresh_from_db()
    assert (slot.mood, slot.child_mood) == (2, 1)


def test_closing_a_time_keeps_what_is_booked(cast, phone):
    book(cast, phone)
    actions.remove_period(period=CallPeriod.objects.first())
    assert not CallPeriod.objects.exists()
    assert states(cast) == ["booked"]
    with pytest.raises(actions.TimeTaken):
        book(cast, phone, child="haitao", adult="other_mother", starts_at=SECOND)


def test_the_pupils_door_is_told_of_the_next_call(cast, phone):
    child = cast.students["mengyao"]
    assert queries.next_call_of(child, NOON) is None
    slot = book(cast, phone)
    found = queries.next_call_of(child, NOON)
    assert (found.slot_id, found.relation, found.place) == (slot.pk, "mother", "值班室电话")
    cast.adults["mother"].blocked_at = NOON
    cast.adults["mother"].blocked_reason = "法院"
    cast.adults["mother"].blocked_by = cast.users["principal"]
    cast.adults["mother"].save()
    assert queries.next_call_of(child, NOON) is None
