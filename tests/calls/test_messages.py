"""Reminders to everybody, news of changes, Today, the timeline and a family's card."""

from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from calls import actions, messages
from calls.family import family_lines
from calls.models import CallSlot
from calls.timeline import timeline
from calls.work import work_for
from delivery.models import OutboxMessage
from guardians.blocking.actions import block_adult
from guardians.models import Adult, Guardianship
from students.actions import change_class, leave_school
from students.barriers import set_barrier
from tests.factories.calls import NOON, WEDNESDAY, at_school, make_phone, make_slot, offer_calls
from tests.factories.cast import make_adult, make_guardianship, make_student
from tests.factories.outbox import standing

pytestmark = pytest.mark.django_db
TOMORROW = WEDNESDAY + timedelta(days=1)
CALL_AT = at_school(TOMORROW, 16, 30)
EVENING = at_school(WEDNESDAY, 18, 30)


@pytest.fixture
def phone(cast):
    return offer_calls(cast.school)


@pytest.fixture
def slot(cast, phone):
    return make_slot(phone, cast.students["mengyao"], cast.adults["mother"], CALL_AT)


def due(at):
    """Return the messages that would be sent at `at`, by the part of their key after the call."""
    messages.queue_reminders(at=at)
    return {key.split(":", 2)[2]: message for key, message in standing(at).items()}


def test_the_evening_before_parent_and_carer_are_reminded(cast, slot):
    carer = cast.adults["grandmother"].pk
    assert due(EVENING - timedelta(minutes=1)) == {}
    told = due(EVENING)
    assert set(told) == {"day-before", f"home-{carer}"}
    assert told["day-before"].adult_id == cast.adults["mother"].pk
    assert told[f"home-{carer}"].adult_id == carer


def test_tomorrow_is_not_said_on_the_day_itself(slot):
    noon = CALL_AT.replace(hour=4)
    assert EVENING < noon < CALL_AT - timedelta(minutes=61)
    assert due(EVENING)
    assert due(noon) == {}


def test_after_an_evening_without_it_the_carer_hears_of_today(cast, slot):
    """The parent is reminded an hour before in any case."""
    carer = cast.adults["grandmother"].pk
    told = due(CALL_AT - timedelta(minutes=61))
    assert set(told) == {f"today-{carer}"}
    assert told[f"today-{carer}"].payload["words"] == messages.WORDS[messages.Which.HOME_TODAY]


@pytest.mark.parametrize(
    ("state", "is_told"),
    [("expired", True), ("accepted", False), ("unknown", False), ("suppressed", False)],
)
def test_a_reminder_that_did_not_go_in_the_evening_says_today(cast, slot, state, is_told):
    """It may have waited while the channel was away; one that may have arrived is not sent twice."""
    due(EVENING)
    OutboxMessage.objects.update(state=state, finished_at=EVENING)
    told = due(CALL_AT - timedelta(minutes=61))
    carer = cast.adults["grandmother"].pk
    assert set(told) == ({f"today-{carer}"} if is_told else set())


def test_an_hour_ahead_and_nothing_afterwards(slot):
    assert "soon" in due(CALL_AT - timedelta(minutes=60))
    assert "soon" not in due(CALL_AT - timedelta(minutes=61))
    assert due(CALL_AT) == {}


def test_no_message_names_a_child_or_an_adult(cast, phone):
    booked(cast, phone, by="staff")
    for at in (NOON, EVENING, CALL_AT - timedelta(minutes=30)):
        for message in due(at).values():
            for name in ("梦瑶", "徐", "王芳", "张丽华"):
                assert name not in message.payload["words"]
            assert message.payload["path"].startswith("/f/calls/")


def test_a_reminder_is_queued_once_and_another_for_another_call(cast, slot):
    assert messages.queue_reminders(at=EVENING) == 2
    assert messages.queue_reminders(at=EVENING + timedelta(hours=1)) == 0
    first = set(due(EVENING))
    slot.delete()
    assert due(EVENING) == {}  # no messages about a row that was deleted
    make_slot(slot.place, slot.student, slot.adult, CALL_AT)
    assert messages.queue_reminders(at=EVENING) == 2
    assert set(due(EVENING)) == first


def booked(cast, phone, by="family", starts_at=CALL_AT, at=NOON, key=None):
    return actions.book(
        student=cast.students["mengyao"],
        adult=cast.adults["mother"],
        place_id=phone.pk,
        starts_at=starts_at,
        booked_by=by,
        key=key or uuid4(),
        at=at,
        by=cast.users["teacher"] if by == "staff" else None,
    )


def test_what_the_school_books_the_parent_is_asked_about_until_confirmed(cast, phone):
    key = uuid4()
    slot = booked(cast, phone, by="staff", key=key)
    assert booked(cast, phone, by="staff", key=key) == slot  # a second tap
    assert OutboxMessage.objects.count() == 1
    assert set(due(NOON)) == {"confirm"}
    actions.confirm(slot_id=slot.pk, at=NOON)
    assert due(NOON) == {}


def test_a_family_that_books_by_itself_is_not_asked(cast, phone):
    booked(cast, phone)
    assert not OutboxMessage.objects.exists()


def test_a_time_that_somebody_else_has_taken_tells_nobody(cast, phone, slot):
    other = make_student(cast.school_class, "孙小一")
    with pytest.raises(actions.TimeTaken):
        actions.book(
            student=other,
            adult=cast.adults["mother"],
            place_id=phone.pk,
            starts_at=CALL_AT,
            booked_by="staff",
            key=uuid4(),
            at=NOON,
            by=cast.users["teacher"],
        )
    assert not OutboxMessage.objects.exists()


def test_what_is_booked_is_told_with_it_or_not_at_all(cast, phone):
    """The process dies before the transaction is committed: neither the call nor the message exists."""
    with suppress(KeyboardInterrupt), transaction.atomic():
        booked(cast, phone, by="staff")
        assert OutboxMessage.objects.exists()
        raise KeyboardInterrupt
    assert not CallSlot.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_another_time_is_reminded_of_at_its_own_hour(cast, phone):
    booked(cast, phone, by="staff")
    later = booked(cast, phone, by="staff", starts_at=CALL_AT + timedelta(days=1))
    assert list(due(NOON)) == ["confirm"]
    assert [one.about_id for one in due(NOON).values()] == [later.pk]
    assert "day-before" not in due(EVENING)
    assert "day-before" in due(EVENING + timedelta(days=1))


def test_a_reminder_goes_by_the_hours_that_the_adult_has_then(cast, slot):
    """A shift entered after the booking moves the reminder; nothing is sent at the old time."""
    Adult.objects.filter(pk=slot.adult_id).update(shift="night")  # the evening is 17:00 to 20:00
    assert "day-before" in due(EVENING - timedelta(minutes=90))


def test_whoever_cares_for_the_child_by_then_is_reminded(cast, slot):
    Guardianship.objects.filter(adult=cast.adults["grandmother"]).update(
        ends_on=WEDNESDAY - timedelta(days=1)
    )
    aunt = make_adult(cast.school, "王梅")
    make_guardianship(slot.student, aunt, "aunt", kind="carer")
    assert set(due(EVENING)) == {"day-before", f"home-{aunt.pk}"}


def cancelled_by(slot, who, at):
    actions.cancel(slot_id=slot.pk, cancelled_by=who, at=at)


def test_a_call_that_is_off_is_no_longer_reminded_of(cast, slot):
    later = EVENING + timedelta(minutes=30)
    reminded = set(due(EVENING))
    cancelled_by(slot, "staff", later)
    cancelled_by(slot, "staff", later)
    told = set(due(later))
    assert told == {"off", f"off-{cast.adults['grandmother'].pk}"}
    assert told.isdisjoint(reminded)
    assert OutboxMessage.objects.count() == 4


def test_cancelled_by_mistake_and_booked_again_it_is_reminded_of_all_the_same(cast, slot):
    assert "day-before" in due(EVENING)
    cancelled_by(slot, "family", EVENING)
    assert "day-before" not in due(EVENING)
    actions.mark(slot_id=slot.pk, state="booked", by=cast.users["teacher"], at=EVENING)
    assert "day-before" in due(EVENING)


def test_who_was_not_told_of_a_call_is_not_told_that_it_is_off(cast, slot):
    cancelled_by(slot, "staff", NOON)
    assert set(due(NOON)) == {"off"}


def test_a_parents_own_cancelling_is_not_told_to_the_parent(cast, slot):
    cancelled_by(slot, "family", NOON)
    assert due(NOON) == {}


def test_a_change_of_time_is_no_cancelling(cast, phone, slot):
    cancelled_by(slot, "staff", NOON)
    later = CALL_AT + timedelta(minutes=20)
    make_slot(phone, slot.student, slot.adult, later)
    assert "off" not in due(NOON)


def test_missed_offers_a_new_time_and_done_asks_how_it_was(cast, slot):
    teacher = cast.users["teacher"]
    actions.mark(slot_id=slot.pk, state="missed", by=teacher, at=CALL_AT)
    assert set(due(CALL_AT)) == {"missed"}
    actions.mark(slot_id=slot.pk, state="done", by=teacher, at=CALL_AT)
    assert set(due(CALL_AT)) == {"mood"}
    actions.set_mood(slot_id=slot.pk, mood=1)
    assert due(CALL_AT) == {}


def test_no_message_about_a_blocked_adult_or_one_who_left_the_family(cast, slot):
    mother = cast.adults["mother"]
    assert due(EVENING)  # already queued; the last check sees the block
    block_adult(adult=mother, reason="法院", by=cast.users["principal"], at=NOON)
    assert due(EVENING) == {}
    mother.blocked_at, mother.blocked_by, mother.blocked_reason = None, None, ""
    mother.save()
    Guardianship.objects.filter(adult=mother).update(ends_on=WEDNESDAY - timedelta(days=1))
    assert due(EVENING) == {}


def test_a_blocked_carer_is_not_reminded(cast, slot):
    carer = cast.adults["grandmother"]
    block_adult(adult=carer, reason="法院", by=cast.users["principal"], at=NOON)
    assert set(due(EVENING)) == {"day-before"}


def queries(act) -> int:
    with CaptureQueriesContext(connection) as found:
        act()
    return len(found)


def all_due(at):
    messages.queue_reminders(at=at)
    return standing(at)


def more_calls(cast, phone, count):
    """Add calls of other children, each at its own phone, at the same time."""
    for n in range(count):
        child = make_student(cast.school_class, f"孙小{n}")
        mother = make_adult(cast.school, f"孙玉梅{n}")
        make_guardianship(child, mother, "mother")
        make_guardianship(child, make_adult(cast.school, f"奶奶{n}"), "paternal_grandmother")
        make_slot(make_phone(cast.school, f"电话{n}"), child, mother, CALL_AT)


ASKERS = {
    "messages": lambda cast: all_due(EVENING),
    "work": lambda cast: work_for(cast.users["teacher"], CALL_AT - timedelta(hours=2)),
    "work of the phone room": lambda cast: work_for(
        cast.users["admin"], CALL_AT - timedelta(hours=2)
    ),
}


@pytest.mark.parametrize("asker", ASKERS)
def test_ten_calls_cost_what_one_does(cast, phone, slot, asker):
    ask = ASKERS[asker]
    one = queries(lambda: ask(cast))
    count = len(ask(cast))
    more_calls(cast, phone, 9)
    assert queries(lambda: ask(cast)) == one
    assert len(ask(cast)) == count * 10


def keys(cast, who, at):
    return [item.key.rpartition("-")[0] for item in work_for(cast.users[who], at)]


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("teacher", True),
        ("admin", True),
        ("next_teacher", False),
        ("principal", False),
        ("far_teacher", False),
        ("village", False),
        ("county", False),
        ("ended", False),
    ],
)
def test_today_reminds_the_class_teacher_and_who_keeps_the_phones(cast, slot, who, sees):
    on_the_day = CALL_AT - timedelta(hours=2)
    assert keys(cast, who, on_the_day) == (["call"] if sees else [])
    assert keys(cast, who, NOON) == []


def test_a_call_that_nobody_settled_is_asked_about(cast, slot):
    [item] = work_for(cast.users["teacher"], CALL_AT + timedelta(hours=2))
    assert item.student_name == "徐梦瑶"
    actions.mark(slot_id=slot.pk, state="done", by=cast.users["teacher"], at=CALL_AT)
    assert work_for(cast.users["teacher"], CALL_AT + timedelta(hours=2)) == []


def test_twice_missed_comes_to_today_until_something_is_booked(cast, phone):
    child, mother = cast.students["mengyao"], cast.adults["mother"]
    for days in (2, 1):
        make_slot(phone, child, mother, CALL_AT - timedelta(days=days), state="missed")
    assert keys(cast, "teacher", NOON) == ["call-missed"]
    make_slot(phone, child, mother, CALL_AT)
    assert keys(cast, "teacher", NOON) == []


def test_a_wish_comes_to_the_class_teacher(cast):
    actions.tell_none_fits(
        student=cast.students["mengyao"],
        adult=cast.adults["mother"],
        words="周日晚上",
        key="8d5b1f3e-1111-4222-8333-444455556666",
        at=NOON,
    )
    [item] = work_for(cast.users["teacher"], NOON)
    assert "周日晚上" in item.why
    assert work_for(cast.users["next_teacher"], NOON) == []


def test_the_timeline_tells_the_latest_of_a_thousand_at_the_cost_of_ten(cast, phone):
    child, mother, teacher = cast.students["mengyao"], cast.adults["mother"], cast.users["teacher"]

    def past(count, start):
        for n in range(start, start + count):
            state = "missed" if n % 2 else "done"
            mood = None if n % 2 else 2
            starts_at = CALL_AT - timedelta(hours=n + 1)
            make_slot(phone, child, mother, starts_at, state=state, mood=mood)

    past(10, 0)
    ten = queries(lambda: timeline(child, teacher, NOON, 5))
    past(90, 10)
    assert queries(lambda: timeline(child, teacher, NOON, 5)) == ten
    events = timeline(child, teacher, NOON, 5)
    assert len(events) == 5
    assert [one.at for one in events] == sorted((one.at for one in events), reverse=True)


def lines(cast, adult, at=NOON, child="mengyao"):
    """Return the lines without "we talked", which every card has: see test_talked.py."""
    found = family_lines([cast.students[child].pk], [cast.adults[adult]], at)
    return [one for one in found.get(cast.students[child].pk, []) if "/talked/" not in one.url]


def test_a_parent_books_sees_and_rates(cast, phone):
    [line] = lines(cast, "mother")
    assert line.button
    slot = make_slot(phone, cast.students["mengyao"], cast.adults["mother"], CALL_AT)
    [line] = lines(cast, "mother")
    assert "16:30" in line.text
    actions.mark(slot_id=slot.pk, state="done", by=cast.users["teacher"], at=CALL_AT)
    [line] = lines(cast, "mother", CALL_AT)
    assert line.is_due


def test_who_cares_at_home_sees_when_and_cannot_book(cast, phone):
    assert lines(cast, "grandmother") == []
    make_slot(phone, cast.students["mengyao"], cast.adults["mother"], CALL_AT)
    [line] = lines(cast, "grandmother")
    assert "16:30" in line.text
    assert "王芳" not in line.text


def test_the_other_parent_sees_nothing_of_it(cast, phone):
    father = make_adult(cast.school, "徐强")
    make_guardianship(cast.students["mengyao"], father, "father")
    make_slot(phone, cast.students["mengyao"], cast.adults["mother"], CALL_AT)
    cast.adults["new_father"] = father
    [line] = lines(cast, "new_father")
    assert "16:30" not in line.text


def test_no_line_where_the_school_offers_nothing(cast):
    assert lines(cast, "mother") == []


def test_lines_cost_the_same_for_two_children_and_ten(cast, phone):
    mother = cast.adults["mother"]
    children = [cast.students["mengyao"], cast.students["xiaobao"]]

    def ask():
        return family_lines([child.pk for child in children], [mother], NOON)

    two = queries(ask)
    for n in range(8):
        child = make_student(cast.school_class, f"徐小{n}")
        make_guardianship(child, mother, "mother")
        children.append(child)
    assert queries(ask) == two
    assert len(ask()) == 10


@pytest.mark.parametrize("who", ["teacher", "admin"])
def test_whoever_is_barred_from_a_file_is_reminded_of_nothing_about_it(cast, slot, who):
    assert keys(cast, who, CALL_AT) == ["call"]
    set_barrier(
        student=cast.students["mengyao"],
        user=cast.users[who],
        reason="x",
        by=cast.users["principal"],
        at=NOON,
    )
    assert keys(cast, who, CALL_AT) == []


class TestTheChildLeavesTheSchool:
    """Nobody waits at the school's phone for a child who goes to another school."""

    def leave(self, cast, last_on):
        leave_school(
            student=cast.students["mengyao"],
            left_on=last_on,
            reason="other_school",
            left_to="",
            by=cast.users["admin"],
        )

    def test_the_call_is_off_and_the_parent_is_told(self, cast, slot):
        self.leave(cast, WEDNESDAY)
        assert actions.call_off_gone(at=NOON) == 1
        slot.refresh_from_db()
        assert (slot.state, slot.cancelled_by) == ("cancelled", "itself")
        assert set(due(NOON)) == {"off"}
        assert due(NOON)["off"].adult == cast.adults["mother"]
        assert actions.call_off_gone(at=NOON) == 0

    def test_what_comes_before_the_last_day_stays(self, cast, slot):
        self.leave(cast, TOMORROW)
        assert actions.call_off_gone(at=NOON) == 0

    def test_so_it_does_for_a_child_who_comes_back_before(self, cast, slot):
        self.leave(cast, WEDNESDAY)
        change_class(
            student=cast.students["mengyao"],
            school_class=cast.school_class,
            starts_on=TOMORROW,
            by=cast.users["admin"],
        )
        assert actions.call_off_gone(at=NOON) == 0

    def test_a_blocked_parent_is_told_nothing(self, cast, slot):
        block_adult(adult=slot.adult, reason="法院", by=cast.users["principal"], at=NOON)
        self.leave(cast, WEDNESDAY)
        actions.call_off_gone(at=NOON)
        assert due(NOON) == {}

    def test_no_other_time_after_it_can_be_booked(self, cast, phone):
        self.leave(cast, WEDNESDAY)
        with pytest.raises(actions.TimeTaken):
            actions.book(
                student=cast.students["mengyao"],
                adult=cast.adults["mother"],
                place_id=phone.pk,
                starts_at=CALL_AT,
                booked_by="family",
                key=uuid4(),
                at=NOON,
            )
