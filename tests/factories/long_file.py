"""A child of whom much is on record: events of every room, for tests and benchmarks of long files."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import cycle, islice
from uuid import uuid4

from django.db.models import Model
from django.utils import timezone

from accounts.models import User
from calls.models import CallPlace, CallSlot
from classroom.models import AttendanceMark, FamilyRequest, Letter, MissedHomework, Observation
from guardians.models import Adult, Contact, ContactDenial, SentHome
from messaging.models import CheckIn, CheckInLine, FollowUp, Reply
from postcards.models import Postcard, PostcardFor
from safeguarding.models import Concern
from students.models import Student
from tests.days import day_of
from visits.models import CallLog, Visit

DAYS_BACK = 700  # days; over so many the events are spread


def fill_file(
    student: Student, adult: Adult, by: User, count: int, at: datetime, first: int = 0
) -> None:
    """`count` events, taken from the rooms in turn; a second call counts on from `first`.

    By hand and in bulk, as years of use would leave them: most of it is told on the child's page.
    """
    school = {"school_id": student.school_id, "student_id": student.pk}
    place, _made = CallPlace.objects.get_or_create(
        school_id=student.school_id,
        name=f"长卷电话 {student.pk}",
        defaults={"how_to_join": "0935-5112233"},
    )
    made: dict[type[Model], list[Model]] = {}
    rooms = cycle(ROOMS)
    for n, room in zip(
        range(first, first + count), islice(rooms, first, first + count), strict=True
    ):
        for row in room(n, school, adult, by, at - timedelta(days=n * DAYS_BACK / 1000), place):
            made.setdefault(type(row), []).append(row)
    for model, rows in made.items():
        model._default_manager.bulk_create(rows)


Rows = Iterable[Model]


def _contact(n, school, adult, by, at, place) -> Rows:
    yield Contact(
        **school, adult=adult, kind="call", happened_on=day_of(at), minutes=12, reported_by="staff",
        recorded_by=by, recorded_at=at, source_key=f"long:{school['student_id']}:{n}",
    )  # fmt: skip


def _reply(n, school, adult, by, at, place) -> Rows:
    asked = CheckIn.objects.create(
        school_id=school["school_id"], adult=adult, due_on=day_of(at) - timedelta(days=4000),
        asked_at=at, state="answered", answered_at=at, expires_at=at,
    )  # fmt: skip
    line = CheckInLine.objects.create(check_in=asked, answer="not_yet", **school)
    yield Reply(
        school_id=school["school_id"], line=line, key=uuid4(), act="answer", answer="not_yet", at=at
    )


def _note(n, school, adult, by, at, place) -> Rows:
    yield Observation(
        **school, words=f"今天帮同学打扫教室（{n}）", strengths=["helps"], tell_family=True,
        happened_at=at, written_by=by, recorded_at=at, key=uuid4(),
    )  # fmt: skip


def _mark(n, school, adult, by, at, place) -> Rows:
    day = day_of(at) - timedelta(days=n)
    yield AttendanceMark(**school, marked_on=day, kind="absent", written_by=by, written_at=at)


def _call(n, school, adult, by, at, place) -> Rows:
    yield CallLog(**school, adult=adult, started_at=at, outcome="talked", key=uuid4(), called_by=by)


def _sent(n, school, adult, by, at, place) -> Rows:
    yield SentHome(
        **school, adult=adult, kind="letter", arrived_on=day_of(at),
        source_key=f"long:{school['student_id']}:{n}",
        reported_by="staff", recorded_by=by, recorded_at=at,
    )  # fmt: skip


def _denied(n, school, adult, by, at, place) -> Rows:
    yield ContactDenial(
        **school, adult=adult, said_by="child", said_on=day_of(at),
        source_key=f"long:{school['student_id']}:{n}",
        recorded_at=at, settled_at=at, settled_by=by, outcome="问过了",
    )  # fmt: skip


def _slot(n, school, adult, by, at, place) -> Rows:
    starts_at = at - timedelta(days=n)
    yield CallSlot(
        **school, place=place, adult=adult, starts_at=starts_at, key=uuid4(), state="missed",
        ends_at=starts_at + timedelta(minutes=10), booked_by="family", booked_at=at, settled_at=at,
    )  # fmt: skip


def _visit(n, school, adult, by, at, place) -> Rows:
    on = day_of(at)
    yield Visit(
        **school, due_on=on, visited_on=on, recorded_at=at, recorded_by=by, outcome="met_carer",
        words="家里收拾得很干净",
    )  # fmt: skip


def _follow_up(n, school, adult, by, at, place) -> Rows:
    yield FollowUp(
        **school, cause="no_answer", opened_at=at, done_at=at, done_by=by, outcome="reached"
    )


def _postcard(n, school, adult, by, at, place) -> Rows:
    card = Postcard.objects.create(**school, direction="to_family", sent_at=at, key=uuid4())
    yield PostcardFor(school_id=school["school_id"], postcard=card, adult=adult, heard_at=at)


ROOMS: tuple[Callable[..., Rows], ...] = (
    _contact,
    _reply,
    _note,
    _mark,
    _call,
    _sent,
    _denied,
    _slot,
    _visit,
    _follow_up,
    _postcard,
)


def fill_now(student: Student, adult: Adult, by: User, number: int, at: datetime) -> None:
    """What waits for somebody, one of each room that can wait; `number` keeps keys apart."""
    school = {"school_id": student.school_id, "student_id": student.pk}
    on = timezone.localdate(at)
    Concern.objects.create(
        **school, source="staff", source_key=f"long:{student.pk}:{number}", opened_at=at,
        clock="school_hours", due_at=at, words="最近不爱说话", raised_by=by,
    )  # fmt: skip
    FollowUp.objects.create(**school, cause="no_answer", opened_at=at)
    FamilyRequest.objects.create(
        **school, adult=adult, words="请带一双雨鞋", due_on=on + timedelta(days=7), asked_by=by,
        asked_at=at, key=uuid4(),
    )  # fmt: skip
    Letter.objects.create(
        **school, good_news="数学进步了", written_by=by, written_at=at, sent_at=at
    )
    Visit.objects.create(**school, due_on=on - timedelta(days=1))
    AttendanceMark.objects.create(
        **school, marked_on=on, kind="absent", written_by=by, written_at=at
    )
    MissedHomework.objects.create(**school, missed_on=on, noted_by=by, noted_at=at)
    fill_file(student, adult, by, len(ROOMS), at, first=number * len(ROOMS))
