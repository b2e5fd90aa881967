"""The outcome of a school's recent questions, for trying out another ladder or rhythm on them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Min
from django.utils import timezone

from delivery.models import OutboxMessage
from guardians.models import Contact
from guardians.queries import askable_family, usable_contact_points
from messaging.ladder.replay import Family, Past
from messaging.models import CheckIn, CheckInLine, CheckInPlan, FollowUp, LadderStep
from messaging.rules import TEACHER_KNOWS_WITHIN_DAYS, Rung
from schools.models import School

WEEKS = 18  # weeks; a term
GONE = ("accepted", "delivered", "unknown")  # states of a message that counts towards that limit
TALK_AT = time(12)  # for a talk we know only the day


@dataclass(frozen=True)
class PastMonths:
    """The facts about a school's recent questions.

    `since` to `until` are the days on which they were asked; more recent ones have no outcome yet. `asked`
    and `tasks` say how many questions there really were, and how many of them became a task for a teacher.
    """

    since: date
    until: date
    families: list[Family]
    asked: int
    tasks: int


def past_months(school: School, at: datetime) -> PastMonths:
    """Return the facts in ten queries, however many questions there are."""
    ended = at - timedelta(days=TEACHER_KNOWS_WITHIN_DAYS)
    began = ended - timedelta(weeks=WEEKS)
    asked = CheckIn.objects.filter(school=school, first=None, asked_at__gte=began)
    asked = asked.filter(asked_at__lte=ended).select_related("adult").order_by("asked_at")
    check_ins = list(asked)
    facts = _Facts(school, [one.pk for one in check_ins], began, ended, timezone.localdate(at))
    facts.read_notices({one.adult_id for one in check_ins}, began, at)
    families: dict[int, Family] = defaultdict(Family)
    following: dict[int, datetime] = {}  # the next question to the same adult
    for check_in in reversed(check_ins):
        family, students = families[check_in.adult_id], facts.students[check_in.pk]
        until = following.get(check_in.adult_id, at)
        following[check_in.adult_id] = check_in.asked_at
        family.questions.insert(0, facts.past(check_in, until))
        family.talks = sorted({*family.talks, *facts.talks_of(students)})
        family.notices = facts.notices[check_in.adult_id]
        family.own_every_days = facts.own_rhythm(students) or family.own_every_days
    led_to = FollowUp.objects.filter(school=school, check_in__in=[one.pk for one in check_ins])
    return PastMonths(
        since=timezone.localdate(check_ins[0].asked_at if check_ins else began),
        until=timezone.localdate(ended),
        families=list(families.values()),
        asked=len(check_ins),
        tasks=led_to.values("check_in").distinct().count(),
    )


class _Facts:
    """Facts read once for all questions."""

    def __init__(
        self, school: School, pks: Collection[int], began: datetime, ended: datetime, on: date
    ):
        self.students: dict[int, list[int]] = defaultdict(list)
        for pk, student in CheckInLine.objects.filter(check_in__in=pks).values_list(
            "check_in_id", "student_id"
        ):
            self.students[pk].append(student)
        children = set().union(*self.students.values())
        others = CheckIn.objects.filter(first__in=pks, answered_at__isnull=False).order_by()
        self._by_others = dict(others.values_list("first_id").annotate(Min("answered_at")))
        self.taken: dict[int, list[tuple[Rung, datetime]]] = defaultdict(list)
        self._passed_over: dict[int, set[Rung]] = defaultdict(set)
        steps = LadderStep.objects.filter(check_in__in=pks)
        for pk, rung, is_taken, at in steps.values_list("check_in_id", "rung", "is_taken", "at"):
            if is_taken:
                self.taken[pk].append((Rung(rung), at))
            else:
                self._passed_over[pk].add(Rung(rung))
        self._read_talks(children, began, ended)
        plans = CheckInPlan.objects.filter(student__in=children)
        self._own = {
            student: days
            for student, days in plans.values_list("student_id", "own_every_days")
            if days is not None
        }
        self._read_ways(school, children, on)

    def _read_talks(self, children: Collection[int], began: datetime, ended: datetime) -> None:
        self._talks: dict[int, list[date]] = defaultdict(list)
        talks = Contact.objects.filter(
            student__in=children,
            retracted_at=None,
            happened_on__gte=timezone.localdate(began) - timedelta(days=31),
            happened_on__lte=timezone.localdate(ended) + timedelta(days=31),
        )
        for student, on in talks.order_by("happened_on").values_list("student_id", "happened_on"):
            self._talks[student].append(on)

    def _read_ways(self, school: School, children: Collection[int], on: date) -> None:
        """Read who can be asked today. For a step that was never reached, the options of that time are not
        recorded.
        """
        self._askable: dict[int, set[int]] = defaultdict(set)
        for row in askable_family(on).filter(student__in=children).order_by():
            if row.works:  # type: ignore[attr-defined]  # annotated
                self._askable[row.student_id].add(row.adult_id)
        points = usable_contact_points().filter(failing_since=None, school=school).order_by()
        several = points.values("adult_id").annotate(n=Count("pk")).filter(n__gt=1)
        self._several = set(several.values_list("adult_id", flat=True))

    def read_notices(self, adults: Collection[int], began: datetime, until: datetime) -> None:
        """Read when notices went to these adults: they count towards the limit for a day, too."""
        self.notices: dict[int, list[datetime]] = defaultdict(list)
        rows = OutboxMessage.objects.filter(adult_id__in=adults, kind=OutboxMessage.Kind.NOTICE)
        rows = rows.filter(sending_at__gte=began, sending_at__lte=until, state__in=GONE)
        for adult, at in rows.values_list("adult_id", "sending_at"):
            self.notices[adult].append(at)  # type: ignore[arg-type]  # filtered above

    def talks_of(self, students: Iterable[int]) -> set[date]:
        return {on for student in students for on in self._talks[student]}

    def own_rhythm(self, students: Iterable[int]) -> int | None:
        return min((self._own[one] for one in students if one in self._own), default=None)

    def heard_at(self, check_in: CheckIn, until: datetime) -> datetime | None:
        """Return the time of the first answer or first talk after the question, whichever came first, before
        `until`.
        """
        zone = check_in.adult.hours.zone
        asked_on = check_in.asked_at.astimezone(zone).date()
        talks = [on for on in self.talks_of(self.students[check_in.pk]) if on > asked_on]
        found = [check_in.answered_at, self._by_others.get(check_in.pk)]
        found += [datetime.combine(on, TALK_AT, zone) for on in sorted(talks)[:1]]
        return min((one for one in found if one and one < until), default=None)

    def possible(self, check_in: CheckIn) -> set[Rung]:
        """Return the steps that were possible: a step that was taken was, a step that was skipped was not."""
        around = set().union(*(self._askable[one] for one in self.students[check_in.pk]))
        found = {Rung.ASK_AGAIN} | {rung for rung, _at in self.taken[check_in.pk]}
        if check_in.adult_id in self._several:
            found.add(Rung.OTHER_WAY)
        if around - {check_in.adult_id}:
            found.add(Rung.OTHER_ADULT)
        return found - self._passed_over[check_in.pk]

    def past(self, check_in: CheckIn, until: datetime) -> Past:
        asked_at, heard_at = check_in.asked_at, self.heard_at(check_in, until)
        steps = [(Rung.ASK, asked_at), *self.taken[check_in.pk]]
        before = [(rung, at) for rung, at in steps if heard_at is not None and at <= heard_at]
        rung, asked = max(before, key=lambda step: step[1], default=(None, asked_at))
        return Past(
            hours=check_in.adult.hours,
            asked_at=asked_at,
            possible=frozenset(self.possible(check_in)),
            heard_by=rung,
            heard_after=heard_at - asked if heard_at is not None and rung else None,
            is_extra=bool(check_in.occasion),
        )
