"""Who else of a family is asked, and by which other way: never a blocked adult, nor a phone shared
with one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from delivery.models import OutboxMessage
from guardians.hours import local_day, next_evening
from guardians.models import Adult, ContactPoint
from guardians.queries import askable_family, usable_contact_points
from messaging import rules
from messaging.actions.asking import message_for
from messaging.models import CheckIn, CheckInLine, LadderStep
from messaging.queries.plan_facts import own_rhythms
from messaging.queries.sent import sent_for
from messaging.rules import OtherAdult, Rung


@dataclass
class Asking:
    """Of a round of check-ins: `points` other ways of the adult asked first, `others` whom to ask about
    which children, `askable` those whose adult may still be asked, but for a pause of theirs (`paused`).
    """

    points: dict[int, int] = field(default_factory=dict)
    others: dict[int, dict[OtherAdult, list[int]]] = field(default_factory=dict)
    askable: set[int] = field(default_factory=set)
    paused: set[int] = field(default_factory=set)
    adults: dict[int, Adult] = field(default_factory=dict)

    def may_ask_again(self, check_in: CheckIn) -> bool:
        return check_in.pk in self.askable and check_in.adult_id not in self.paused

    def possible(self, check_in: CheckIn) -> set[Rung]:
        rungs = {Rung.ASK_AGAIN} if self.may_ask_again(check_in) else set()
        if check_in.pk in self.points:
            rungs.add(Rung.OTHER_WAY)
        if self.others.get(check_in.pk):
            rungs.add(Rung.OTHER_ADULT)
        return rungs


def who_may_be_asked(
    check_ins: Sequence[CheckIn], lines: Iterable[CheckInLine], at: datetime
) -> Asking:
    """A fixed number of queries for any number of check-ins; `lines` are those still open."""
    children: dict[int, list[int]] = defaultdict(list)
    for line in lines:
        children[line.check_in_id].append(line.student_id)
    of_child = _family(children, at)
    asking = Asking(adults=_adults(of_child))
    not_now = _read_pauses(asking, at)
    for check_in in check_ins:
        still = {
            child
            for child in children[check_in.pk]
            if any(
                one.adult_id == check_in.adult_id and one.is_parent_away for one in of_child[child]
            )
        }
        if still:
            asking.askable.add(check_in.pk)
    asking.points = _other_points([one for one in check_ins if asking.may_ask_again(one)])
    free = {
        child: [one for one in found if one.adult_id not in not_now]
        for child, found in of_child.items()
    }
    _choose_others(asking, check_ins, children, free, at)
    return asking


def _adults(of_child: dict[int, list[OtherAdult]]) -> dict[int, Adult]:
    return Adult.objects.in_bulk({one.adult_id for found in of_child.values() for one in found})


def _read_pauses(asking: Asking, at: datetime) -> set[int]:
    """Whom a new question would reach sooner than they said; those of them with a pause go to `asking`."""
    not_now = set()
    for pk, own in own_rhythms(asking.adults).items():
        today = local_day(asking.adults[pk].hours, at)
        if own.free_on(today) > today:
            not_now.add(pk)
        if own.is_paused(today):
            asking.paused.add(pk)
    return not_now


def _family(children: dict[int, list[int]], at: datetime) -> dict[int, list[OtherAdult]]:
    """Child → whoever may be asked."""
    rows = (
        askable_family(timezone.localdate(at))
        .filter(student_id__in={child for found in children.values() for child in found})
        .order_by()
    )
    found: dict[int, list[OtherAdult]] = defaultdict(list)
    for row in rows:
        is_away, works = row.is_parent_away, row.works  # type: ignore[attr-defined]  # annotated
        found[row.student_id].append(OtherAdult(row.adult_id, is_away, row.priority, works))
    return found


def _other_points(check_ins: Sequence[CheckIn]) -> dict[int, int]:
    """For each check-in a working way of its adult that it has not been sent to, where there is one."""
    used: dict[int, set] = defaultdict(set)
    sent = sent_for([one.pk for one in check_ins]).order_by()
    for check_in_id, point_id, address in sent.values_list(
        "about_id", "contact_point_id", "address"
    ):
        used[check_in_id or 0] |= {point_id, address}
    of_adult = defaultdict(list)
    points = _working_points().filter(adult_id__in={one.adult_id for one in check_ins})
    for adult_id, pk, address in points.values_list("adult_id", "pk", "address"):
        of_adult[adult_id].append((pk, address))
    found = {}
    for one in check_ins:
        if not any(used[one.pk]):  # not sent yet: it will go to the first of them
            used[one.pk] |= set(of_adult[one.adult_id][0] if of_adult[one.adult_id] else ())
        free = [pk for pk, to in of_adult[one.adult_id] if not {pk, to} & used[one.pk]]
        if free:
            found[one.pk] = free[0]
    return found


def _working_points() -> QuerySet[ContactPoint]:
    return usable_contact_points().filter(failing_since=None)


def _choose_others(
    asking: Asking,
    check_ins: Sequence[CheckIn],
    children: dict[int, list[int]],
    of_child: dict[int, list[OtherAdult]],
    at: datetime,
) -> None:
    """One other adult for each child. Nobody is asked twice on a day; whoever is at home is asked only
    about a parent who may be asked about.
    """
    everybody = {one.adult_id for found in of_child.values() for one in found}
    asked_on = defaultdict(set)
    lately = CheckIn.objects.filter(
        adult_id__in=everybody, due_on__gte=timezone.localdate(at) - timedelta(days=1)
    )
    for adult_id, due_on in lately.values_list("adult_id", "due_on"):
        asked_on[adult_id].add(due_on)
    for check_in in check_ins:
        chosen: dict[OtherAdult, list[int]] = defaultdict(list)
        for child in children[check_in.pk]:
            free = [
                one
                for one in of_child.get(child, ())
                if local_day(asking.adults[one.adult_id].hours, at) not in asked_on[one.adult_id]
                and one.works
                and (one.is_parent_away or check_in.pk in asking.askable)
            ]
            other = rules.other_adult(free, {check_in.adult_id})
            if other:
                chosen[other].append(child)
        if chosen:
            asking.others[check_in.pk] = dict(chosen)


def ask_others(check_ins: Sequence[CheckIn], asking: Asking, at: datetime) -> None:
    """A question of their own to each other adult; two ladders that choose the same one share the day's."""
    made = [
        (_check_in(first, asking.adults[other.adult_id], not other.is_parent_away, at), children)
        for first in check_ins
        for other, children in asking.others[first.pk].items()
    ]
    CheckIn.objects.bulk_create([one for one, _ in made], ignore_conflicts=True)
    rows = _just_made(made)
    lines, messages, steps = [], [], []
    for wanted, children in made:
        row = rows.get((wanted.adult_id, wanted.first_id))
        steps.append(_step(wanted, at, is_taken=row is not None))
        if row is None:
            continue
        lines += [
            CheckInLine(school_id=row.school_id, check_in=row, student_id=child)
            for child in children
        ]
        due_at = next_evening(asking.adults[row.adult_id].hours, at)
        messages.append(message_for(row, step=0, due_at=due_at))
    CheckInLine.objects.bulk_create(lines, ignore_conflicts=True)
    OutboxMessage.objects.bulk_create(messages, ignore_conflicts=True)
    LadderStep.objects.bulk_create(steps, ignore_conflicts=True)


def _check_in(first: CheckIn, adult: Adult, as_carer: bool, at: datetime) -> CheckIn:
    hours = adult.hours
    due_at = next_evening(hours, at)
    return CheckIn(
        school_id=first.school_id,
        adult=adult,
        due_on=local_day(hours, at),
        state=CheckIn.State.ASKED_AGAIN,
        first=first,
        as_carer=as_carer,
        asked_at=at,
        expires_at=due_at + timedelta(days=rules.CHECK_IN_LINK_DAYS),
    )


def _just_made(made: Sequence[tuple[CheckIn, list[int]]]) -> dict[tuple[int, int | None], CheckIn]:
    """A question of the same day that stood before belongs to another ladder: it is not ours."""
    days = {(one.adult_id, one.due_on) for one, _ in made}
    rows = CheckIn.objects.filter(first_id__in=[one.first_id for one, _ in made])
    return {(row.adult_id, row.first_id): row for row in rows if (row.adult_id, row.due_on) in days}


def _step(wanted: CheckIn, at: datetime, *, is_taken: bool) -> LadderStep:
    return LadderStep(
        school_id=wanted.school_id,
        check_in_id=wanted.first_id,
        rung=Rung.OTHER_ADULT,
        number=wanted.first.step if wanted.first else 0,
        is_taken=is_taken,
        cause="no_answer" if is_taken else "asked_today",
        adult_id=wanted.adult_id,
        at=at,
    )
