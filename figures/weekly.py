"""A school's week as counts, by the same functions as its own pages; publishing.py turns them into spans."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import AccessRecord
from classroom.models import ClassRegister, Observation
from counselling.models import PoolSchool
from delivery.models import OutboxMessage
from delivery.queries import schools_without_channel, sending_is_stopped
from figures import rules
from figures.baseline.school import begun_and_answered
from figures.class_weeks.reading import school_sums
from figures.models import ClassWeek, PublishedWeek
from guardians.legal_status import legal_statuses
from guardians.rules import LegalStatus
from privacy.models import AccessConfirmation
from safeguarding.figures import children_waiting_in
from schools.models import Post, School, SchoolClass, Term, holds_on
from schools.queries import term_on
from schools.roles import Permission, roles_with
from students.models import Student
from students.queries import current_enrolments
from surveys.queries import screened_among
from visits.queries import progress_of

LONG_CONCERN = timedelta(
    days=28
)  # twice as long as a yellow one may wait (safeguarding.levels.rules)
Key = ClassWeek.Key
Sending = PublishedWeek.Sending
State = OutboxMessage.State


@dataclass(frozen=True)
class Count:
    """`whole` is None for a number that is not a share. `is_known`: whether it means anything."""

    key: str
    part: int
    whole: int | None = None
    is_known: bool = True


@dataclass(frozen=True)
class SchoolWeek:
    counts: Sequence[Count]
    has_counsellor: bool
    takes_part: bool
    is_used: bool
    access_confirmed: bool | None
    sending: str


@dataclass(frozen=True)
class Week:
    """`began`, `ended`: the moments around the seven days; `at`: when it is counted."""

    ends_on: date
    at: datetime

    @property
    def began(self) -> datetime:
        return _midnight(self.ends_on - timedelta(days=6))

    @property
    def ended(self) -> datetime:
        return _midnight(self.ends_on + timedelta(days=1))

    @property
    def is_late(self) -> bool:
        return (timezone.localdate(self.at) - self.ends_on).days > rules.LATE_AFTER_DAYS


def _midnight(on: date) -> datetime:
    return timezone.make_aware(datetime.combine(on, time.min))


def school_week(school: School, week: Week, without: Sequence[int] = ()) -> SchoolWeek:
    """Return the school's week without these children.

    For a week that is long over, facts "as of now" are unknown.
    """
    is_used = _is_used(school, week)
    counts = [*_of_families(school, week, without, is_used), *_of_work(school, week, without)]
    posts = Post.objects.filter(
        holds_on(week.ends_on),
        school=school,
        user__is_active=True,
        role__in=roles_with(Permission.KEEP_CASES),
    )
    members = PoolSchool.objects.filter(school=school, joined_at__lt=week.ended)
    return SchoolWeek(
        counts,
        has_counsellor=posts.exists(),
        takes_part=members.exclude(left_at__lt=week.ended).exists(),
        is_used=is_used,
        access_confirmed=_access_confirmed(school, week),
        sending=_sending(school, week),
    )


def _of_families(school: School, week: Week, without: Sequence[int], is_used: bool) -> list[Count]:
    """Return what a principal's page shows about talks and ways, and the ledger's status of each child."""
    found = school_sums(school, week.ends_on, not week.is_late, without)
    pupils, talked = found[Key.PUPILS], found[Key.CONNECTED]
    # What was counted while the week was fresh is known, however late it is published.
    ways = found.get(Key.REACHED)
    children = _children(school, week.ends_on, without)
    statuses = legal_statuses(children, week.ends_on)
    begun, answered = begun_and_answered(
        school, week.ends_on - timedelta(days=6), week.ends_on, without
    )
    exchanges = sum(found for _by_family, found in begun.values())
    is_known = rules.is_known(talked.numerator, talked.denominator, is_used)
    return [
        Count("pupils", pupils.numerator),
        Count("away", talked.denominator),
        Count("connected", talked.numerator, talked.denominator, is_known),
        Count("reached", ways.numerator, ways.denominator)
        if ways
        else Count("reached", 0, 0, is_known=False),
        Count("begun", sum(by_family for by_family, _all in begun.values()), exchanges),
        # Never "not known": that, beside a share, would tell "nobody" from "one to nine".
        Count("pulses", min(sum(answered.values()), pupils.numerator), pupils.numerator),
        Count("left_behind", statuses.count(LegalStatus.YES)),
        Count("left_behind_unknown", statuses.count(LegalStatus.UNKNOWN)),
    ]


def _of_work(school: School, week: Week, without: Sequence[int]) -> list[Count]:
    """Return visits and calls as on the school's page of duties, and screening and concerns."""
    on = week.ends_on
    waits = children_waiting_in(school, week.ended, without)
    long_open = sum(week.ended - since >= LONG_CONCERN for since in waits)
    counts = [Count("with_concern", len(waits)), Count("long_concern", long_open)]
    classes = SchoolClass.objects.filter(school=school)
    progress = progress_of(school, classes, on, without=without)
    term = term_on(school, on)
    if progress is None or term is None:
        return [
            *counts,
            *(Count(key, 0, 0, is_known=False) for key in ("visits", "calls", "screened")),
            Count("overdue", 0, is_known=False),
        ]
    children = _children(school, on, without)
    screened = screened_among(children, _midnight(term.starts_on), week.ended)
    return [
        *counts,
        Count("visits", progress.total("visited"), progress.total("to_visit")),
        Count("overdue", progress.total("visits_overdue")),
        Count("calls", progress.total("called"), progress.total("to_call")),
        Count("screened", screened, children.count()),
    ]


def _children(school: School, on: date, without: Sequence[int]):
    enrolled = current_enrolments(on).filter(school=school, student_id=OuterRef("pk"))
    return Student.objects.filter(Exists(enrolled)).exclude(pk__in=without)


def _is_used(school: School, week: Week) -> bool:
    """Return whether the school was used that week.

    Somebody there opened a child's file, noted something or took attendance. What another system reads or
    reports by itself is not use by the school.
    """
    span = {"gte": week.began, "lt": week.ended}
    people = Post.objects.filter(school=school).values("user")
    opened = AccessRecord.objects.filter(
        chain=f"{AccessRecord.CHAIN}:{school.pk}", user__in=people, **_within("at", span)
    )
    noted = Observation.objects.filter(
        school=school, is_reported=False, **_within("recorded_at", span)
    )
    taken = ClassRegister.objects.filter(
        school=school, taken_by__in=people, **_within("taken_at", span)
    )
    return any(rows.exists() for rows in (opened, noted, taken))


def _access_confirmed(school: School, week: Week) -> bool | None:
    """Return whether somebody has checked and confirmed who has access since the last term began.

    None before the first term.
    """
    terms = Term.objects.filter(year__school=school, starts_on__lte=week.ends_on)
    term = terms.order_by("starts_on").last()
    if term is None:
        return None
    span = {"gte": _midnight(term.starts_on), "lt": week.ended}
    return AccessConfirmation.objects.filter(school=school, **_within("at", span)).exists()


def _within(field: str, span: dict[str, datetime]) -> dict[str, datetime]:
    return {f"{field}__{lookup}": at for lookup, at in span.items()}


def _sending(school: School, week: Week) -> str:
    """Return how messages to families went that week."""
    if school.sending_started_at is None or school.sending_started_at >= week.ended:
        return Sending.NOT_STARTED
    if not week.is_late:
        if sending_is_stopped(school):
            return Sending.STOPPED
        if schools_without_channel().filter(pk=school.pk).exists():
            return Sending.NO_CHANNEL
    sent = OutboxMessage.objects.filter(
        school=school, adult__isnull=False, due_at__gte=week.began, due_at__lt=week.ended
    )
    failed = sent.filter(state__in=[State.FAILED, State.EXPIRED, State.UNKNOWN]).count()
    gone = sent.filter(state__in=[State.ACCEPTED, State.DELIVERED]).count()
    if rules.is_failing(failed, failed + gone):
        return Sending.FAILING
    return Sending.GOES if gone else Sending.QUIET
