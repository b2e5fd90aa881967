"""Check calls that the school's telephone exchange reports, and find out which count as a talk.

The exchange knows a number and nothing about the family. It learns only whether a call counts, never why
not.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts import rate_limits
from accounts.rate_limits import Limit
from calls.rules import is_a_talk
from core.phones import parse_phone, problem_words
from guardians.models import Adult, Contact, ContactPoint, Guardianship
from guardians.queries import approachable, current_guardianships, usable_contact_points
from schools.models import School
from students.models import Student

ID_LENGTH = 80  # characters of the exchange's own id for a call; a UUID has 36
BACK_DAYS = 31  # days; an exchange that was down for longer no longer reports its calls
AHEAD = timedelta(minutes=5)  # by which an exchange's clock may be fast
# The answer "counted" reveals that a number is a parent's, and nobody may find one by guessing. So
# a child allows this many wrong numbers a day. Each counts once within the days that may be
# reported: sending a list again counts only what is new.
NOBODYS = Limit("number of no parent", most=20, minutes=24 * 60)
SAID_BEFORE = Limit("number said before", most=1, minutes=BACK_DAYS * 24 * 60)


TRIED_OUT = _lazy(
    "Too many numbers of no parent were told of for this child today. Leave it out, and ask the school."
)


class Counted(StrEnum):
    """The answer to the exchange. Why a call does not count would reveal something about the family."""

    YES = "counted"
    BEFORE = "known"  # reported before
    NO = "not_counted"


@dataclass(frozen=True)
class ReportedCall:
    """A call reported by the exchange. `key` is the exchange's own id.

    Either `number` or `relation` says who was called; the other one is empty.
    """

    key: str
    student_id: int
    number: str
    relation: str
    began_at: datetime
    seconds: int


@dataclass(frozen=True)
class Problem:
    row: int
    field: str
    words: str


@dataclass(frozen=True)
class Meant:
    """A call matched with our records. `adult` is None if it was with none of the child's parents."""

    call: ReportedCall
    student: Student
    adult: Adult | None
    source_key: str
    on: date

    @property
    def minutes(self) -> int:
        return max(1, round(self.call.seconds / 60))


def source_key(school_id: int, key: str) -> str:
    """Return the key of the contact.

    It is the same for every token of the school, since the exchange's id names the call.
    """
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"exchange:{school_id}:{digest[:32]}"


def meant(
    calls: Sequence[ReportedCall], children: QuerySet[Student], school: School, on: date
) -> list[Meant | None]:
    """Return one match for each call, in the same order; None if its child is not in `children`.

    Three queries.
    """
    students = children.in_bulk({one.student_id for one in calls})
    # Use the parents with whom a talk counts on the teacher's page as well, with numbers that are
    # theirs alone: no number of a blocked adult, and none that somebody has said is not theirs.
    held = list(
        current_guardianships(on)
        .filter(approachable(), student_id__in=students, kind=Guardianship.Kind.PARENT)
        .select_related("adult")
        .order_by("priority", "pk")
    )
    numbers = defaultdict(set)
    points = usable_contact_points().filter(
        adult_id__in={row.adult_id for row in held}, kind=ContactPoint.Kind.PHONE
    )
    for adult_id, address in points.order_by().values_list("adult_id", "address"):
        numbers[adult_id].add(address)
    parents = defaultdict(list)
    for row in held:
        own = frozenset(numbers[row.adult_id])
        parents[row.student_id].append(_Parent(row.relation, row.adult, own))
    zone = ZoneInfo(school.time_zone)
    return [
        Meant(
            one,
            students[one.student_id],
            _adult_of(one, parents.get(one.student_id, [])),
            source_key(school.pk, one.key),
            min(one.began_at.astimezone(zone).date(), on),
        )
        if one.student_id in students
        else None
        for one in calls
    ]


@dataclass(frozen=True)
class _Parent:
    relation: str
    adult: Adult
    numbers: frozenset[str]


def _adult_of(call: ReportedCall, parents: Sequence[_Parent]) -> Adult | None:
    """Return the adult called. If two share the number, return the one we contact first."""
    if not is_a_talk(call.seconds):
        return None
    if call.relation:
        return next((one.adult for one in parents if one.relation == call.relation), None)
    number = parse_phone(call.number).address
    return next((one.adult for one in parents if number in one.numbers), None)


def count_wrong_numbers(found: Sequence[Meant | None], at: datetime) -> None:
    """Count wrong numbers before we answer, outside any transaction, so that a failed request also counts."""
    wrong = {
        (one.student.pk, parse_phone(one.call.number).address or one.call.number)
        for one in found
        if one and _by_number(one) and one.adult is None
    }
    said = {SAID_BEFORE.of(*one): one[0] for one in sorted(wrong)}
    before = rate_limits.full_among(said, at)
    full = set()
    for bucket, student_id in said.items():
        if bucket in before or student_id in full:
            continue
        # Both or none: a number over the limit was not counted, so it is a guess again next time.
        numbers = NOBODYS.of(student_id)
        refused = rate_limits.take(numbers, bucket, at=at)
        # Another request may have counted this number in the meantime; that alone is no reason to
        # stop.
        if refused and rate_limits.free_at(numbers, at=at):
            full.add(student_id)


def _by_number(one: Meant) -> bool:
    return bool(one.call.number) and is_a_talk(one.call.seconds)


def problems_of(
    calls: Sequence[ReportedCall], found: Sequence[Meant | None], at: datetime
) -> list[Problem]:
    """Return the problems in these calls; empty if all of them may be accepted."""
    # What each known call is told by; not by its adult, because numbers may have changed since.
    known = {
        row.source_key: (row.student_id, row.happened_on, row.minutes)
        for row in Contact.objects.filter(source_key__in=[one.source_key for one in found if one])
    }
    # Children for whom we answer no further number today, right or wrong.
    buckets = {
        NOBODYS.of(one.student.pk): one.student.pk for one in found if one and _by_number(one)
    }
    tried_out = {buckets[one] for one in rate_limits.full_among(buckets, at)} if buckets else set()
    problems, seen = [], set()
    for row, (call, one) in enumerate(zip(calls, found, strict=True)):
        if one is None:
            problems.append(Problem(row, "student", _("No child of your school has this number.")))
        elif known.get(one.source_key) not in (None, (one.student.pk, one.on, one.minutes)):
            problems.append(Problem(row, "id", _("This id was used for another call.")))
        if call.key in seen:
            problems.append(Problem(row, "id", _("This call is in the list twice.")))
        if not at - timedelta(days=BACK_DAYS) <= call.began_at <= at + AHEAD:
            words = _("Report a call after it has begun, and within %(n)d days.")
            problems.append(Problem(row, "began_at", words % {"n": BACK_DAYS}))
        phone = parse_phone(call.number)
        if call.number and not phone.is_good:
            problems.append(Problem(row, "number", problem_words(phone.problem, call.number)))
        elif one and one.student.pk in tried_out and _by_number(one):
            problems.append(Problem(row, "number", str(TRIED_OUT)))
        seen.add(call.key)
    return problems
