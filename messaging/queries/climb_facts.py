"""Facts about many climbing ladders at once, for the generator and the preview.

The number of queries is fixed. We never ask a blocked adult, nor anybody at a phone that a blocked adult
shares.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import (
    Case,
    DateField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Greatest, TruncDate
from django.utils import timezone

from guardians.hours import local_day
from guardians.models import Adult
from guardians.queries import askable_family, last_contact_on, usable_contact_points
from messaging import rules
from messaging.models import CheckIn, CheckInLine
from messaging.plans.rules import OCCASION_TALK_COUNTS_DAYS
from messaging.queries.plan_facts import own_rhythms
from messaging.queries.sent import sent_for
from messaging.rules import OtherAdult, Rung


@dataclass
class ClimbFacts:
    """Facts about a round of check-ins.

    `points` maps each check-in to another contact point of the adult asked first, `others` to the other
    adults to ask and about which children. `askable` are check-ins whose adult we may still ask, except
    during a pause (`paused`).
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


def lines_to_ask(at: datetime, **of) -> QuerySet[CheckInLine]:
    """Return the children of a check-in about whom its next step, at `at` or later, goes on asking.

    Left out is also a child that has left, or whose parents are all at home (its plan has ended), and one
    whose plan is paused on that day.
    """
    step_on = TruncDate(Greatest("check_in__next_step_at", Value(at, DateTimeField())))
    paused_until = "student__check_in_plan__paused_until"
    lines = unsettled_lines(**of).filter(student__check_in_plan__ended_on=None)
    return lines.filter(Q(**{paused_until: None}) | Q(**{f"{paused_until}__lt": step_on}))


def unsettled_lines(**of) -> QuerySet[CheckInLine]:
    """Return the children of a check-in who have not talked with a parent in this rhythm and for whom nobody
    has asked for help.
    """
    settled = ["talked", "need_help"]
    elsewhere = CheckInLine.objects.filter(
        check_in__first_id=OuterRef("check_in_id"),
        student_id=OuterRef("student_id"),
        answer__in=settled,
    )
    lines = CheckInLine.objects.filter(**of).exclude(answer__in=settled).exclude(Exists(elsewhere))
    lines = lines.annotate(talked_on=last_contact_on("student_id"))
    counts_for = Case(
        When(check_in__occasion="", then=F("student__check_in_plan__every_days")),
        default=Value(OCCASION_TALK_COUNTS_DAYS),
    )
    rhythm_began_on = ExpressionWrapper(
        F("check_in__due_on") - counts_for, output_field=DateField()
    )
    return lines.annotate(began_on=rhythm_began_on).filter(
        Q(talked_on=None) | Q(talked_on__lte=F("began_on")) | Q(began_on=None)
    )


def next_climb(check_in: CheckIn, ladder: rules.Ladder, facts: ClimbFacts) -> rules.Climb:
    """Return the step that the preview announces and the generator takes. After "not yet" we ask again if we
    may.
    """
    if check_in.state == CheckIn.State.NOT_YET and facts.may_ask_again(check_in):
        return rules.Climb(rules.after_a_not_yet(check_in.not_yet_count))
    return rules.climb(ladder, check_in.rung, facts.possible(check_in))


def read_climbs(
    check_ins: Sequence[CheckIn], lines: Iterable[CheckInLine], at: datetime
) -> ClimbFacts:
    """Return the facts about `check_ins`. `lines` are those that are still open (`lines_to_ask`)."""
    children: dict[int, list[int]] = defaultdict(list)
    for line in lines:
        children[line.check_in_id].append(line.student_id)
    of_child: dict[int, list[OtherAdult]] = defaultdict(list)
    family = askable_family(timezone.localdate(at))
    for row in family.filter(student_id__in=set().union(*children.values())).order_by():
        is_away, works = row.is_parent_away, row.works  # type: ignore[attr-defined]  # annotated
        of_child[row.student_id].append(OtherAdult(row.adult_id, is_away, row.priority, works))
    adult_ids = {one.adult_id for found in of_child.values() for one in found}
    facts = ClimbFacts(adults=Adult.objects.in_bulk(adult_ids))
    not_now = set()  # a new question would reach them earlier than they agreed to
    for pk, own in own_rhythms(facts.adults).items():
        today = local_day(facts.adults[pk].hours, at)
        if own.free_on(today) > today:
            not_now.add(pk)
        if own.is_paused(today):
            facts.paused.add(pk)
    for check_in in check_ins:
        around = [one for child in children[check_in.pk] for one in of_child[child]]
        if any(one.adult_id == check_in.adult_id and one.is_parent_away for one in around):
            facts.askable.add(check_in.pk)
    facts.points = _other_points([one for one in check_ins if facts.may_ask_again(one)])
    free = {
        child: [one for one in found if one.adult_id not in not_now]
        for child, found in of_child.items()
    }
    _choose_others(facts, check_ins, children, free, at)
    return facts


def _other_points(check_ins: Sequence[CheckIn]) -> dict[int, int]:
    """Return, by check-in, a working contact point of its adult that has not been used for it, if any."""
    used: dict[int, set] = defaultdict(set)
    sent = sent_for([one.pk for one in check_ins]).order_by()
    for check_in_id, point_id, address in sent.values_list(
        "about_id", "contact_point_id", "address"
    ):
        used[check_in_id or 0] |= {point_id, address}
    of_adult = defaultdict(list)
    working = usable_contact_points().filter(failing_since=None)
    points = working.filter(adult_id__in={one.adult_id for one in check_ins})
    for adult_id, pk, address in points.values_list("adult_id", "pk", "address"):
        of_adult[adult_id].append((pk, address))
    found = {}
    for one in check_ins:
        if not any(used[one.pk]):  # not sent yet: it will go to the first contact point
            used[one.pk] |= set(of_adult[one.adult_id][0] if of_adult[one.adult_id] else ())
        free = [pk for pk, to in of_adult[one.adult_id] if not {pk, to} & used[one.pk]]
        if free:
            found[one.pk] = free[0]
    return found


def _choose_others(
    facts: ClimbFacts,
    check_ins: Sequence[CheckIn],
    children: Mapping[int, list[int]],
    of_child: Mapping[int, list[OtherAdult]],
    at: datetime,
) -> None:
    """Choose one other adult for each child.

    Nobody is asked twice on one day. The carer at home is asked only about a parent about whom we may ask.
    """
    asked_on = defaultdict(set)
    lately = CheckIn.objects.filter(
        adult_id__in={one.adult_id for found in of_child.values() for one in found},
        due_on__gte=timezone.localdate(at) - timedelta(days=1),
    )
    for adult_id, due_on in lately.values_list("adult_id", "due_on"):
        asked_on[adult_id].add(due_on)
    for check_in in check_ins:
        chosen: dict[OtherAdult, list[int]] = defaultdict(list)
        for child in children[check_in.pk]:
            free = [
                one
                for one in of_child.get(child, ())
                if local_day(facts.adults[one.adult_id].hours, at) not in asked_on[one.adult_id]
                and one.works
                and (one.is_parent_away or check_in.pk in facts.askable)
            ]
            other = rules.other_adult(free, {check_in.adult_id})
            if other:
                chosen[other].append(child)
        if chosen:
            facts.others[check_in.pk] = dict(chosen)
