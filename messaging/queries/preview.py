"""Previews what we will send about some children in the next days, what we will not send, and why.

Nothing is decided here. For plans, `plans.rules.next_question` runs the generator's own rule; for waiting
messages, `rules.recheck` runs the rule of dispatch; for ladders, `rules.climb` decides.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from delivery import rules as delivery_rules
from delivery.dispatch.facts import read_facts
from delivery.models import OutboxMessage
from guardians.hours import Hours
from guardians.models import Adult, ContactPoint, Guardianship
from guardians.queries import (
    askable_family,
    current_guardianships,
    has_usable_way,
    is_address_of_blocked,
    last_contact_on,
    parents_away,
    parents_of_unknown_place,
)
from messaging import rules
from messaging.models import CheckIn, CheckInLine, CheckInPlan
from messaging.plans.rules import (
    PREVIEW_DAYS,
    AdultFacts,
    Decision,
    Occasion,
    Outcome,
    OwnRhythm,
    PlanFacts,
    next_question,
    reason_not_asked,
)
from messaging.queries.climb_facts import lines_to_ask, next_climb, read_climbs
from messaging.queries.ladders import ladders_of
from messaging.queries.occasions import occasions_between
from messaging.queries.plan_facts import PlanRead, climbing, read_plans, waits_until, with_adults
from schools.rollout.queries import day_of_class
from students.models import Student

WAITS = "class_waits"  # cause: the child's class has not begun yet
LEFT_OUT = (
    delivery_rules.Verdict.SUPPRESS,
    delivery_rules.Verdict.EXPIRE,
    delivery_rules.Verdict.HOLD,
    delivery_rules.Verdict.FAIL,
)


@dataclass(frozen=True)
class MessageAhead:
    """A message that we will send or, if it has a `cause`, will not send.

    `because`: question | occasion | step | message | retry | again. `cause`: an Outcome or a code of
    texts.CAUSES. `hours` are the adult's own.
    """

    students: tuple[Student, ...]
    adult: Adult | None
    at: datetime | None
    because: str = ""
    cause: str = ""
    hours: Hours | None = None
    occasion: Occasion | None = None
    read: PlanRead | None = None
    decision: Decision | None = None
    rung: str = ""
    is_not_yet: bool = False  # they have answered "not yet"

    @property
    def is_first(self) -> bool:
        return (
            self.decision is not None
            and self.decision.adult is not None
            and self.decision.adult.is_first
        )

    @property
    def passed_by(self) -> tuple[Adult, OwnRhythm] | None:
        """Return the adult who would have come before `adult`, and that adult's own rhythm."""
        if self.read is None or self.adult is None or not self.read.facts.adults:
            return None
        first = self.read.facts.adults[0]
        if first.adult_id == self.adult.pk:
            return None
        return self.read.adults[first.adult_id], first.own


@dataclass(frozen=True)
class AdultNote:
    """An adult of the child's family who gets no question, and why (texts.CAUSES)."""

    held: Guardianship
    cause: str


@dataclass(frozen=True)
class Preview:
    ahead: tuple[MessageAhead, ...]
    left_out: tuple[MessageAhead, ...]


def preview(students: QuerySet[Student], at: datetime) -> Preview:
    """Return the next PREVIEW_DAYS days of these children, in a fixed number of queries."""
    by_pk = {row.pk: row for row in students.order_by("name_pinyin", "pk")}
    on = timezone.localdate(at)
    rows = CheckInPlan.objects.filter(student_id__in=by_pk, ended_on=None).annotate(
        talked_on=last_contact_on("student_id"),
        is_climbing=Exists(climbing()),
        waits_until=waits_until(day_of_class(on)),
    )
    plans = list(rows.select_related("student").order_by("student__name_pinyin", "student_id"))
    found = [*_from_plans(plans, at), *_from_outbox(by_pk, at), *_from_ladders(by_pk, at)]
    ahead = sorted(
        (one for one in found if not one.cause),
        key=lambda one: (one.at or at, one.students[0].name_pinyin),
    )
    left_out = [one for one in found if one.cause]
    return Preview(tuple(ahead), tuple(left_out))


def without_plan(students: QuerySet[Student], on: date) -> tuple[list[Student], int]:
    """Return children without a plan for whom nobody knows whether a parent is away, and the number of other
    children, who have no parent away on record.
    """
    is_unknown = Exists(parents_of_unknown_place(on).filter(student_id=OuterRef("pk")))
    unknown = list(students.filter(is_unknown).order_by("name_pinyin", "pk"))
    return unknown, students.count() - len(unknown)


def _from_plans(plans: Sequence[CheckInPlan], at: datetime) -> list[MessageAhead]:
    on = timezone.localdate(at)
    rows = CheckInPlan.objects.filter(pk__in=[plan.pk for plan in plans])
    occasions = occasions_between(rows, on, on + timedelta(days=PREVIEW_DAYS))
    # Why none of a child's parents away can be asked: the cause of the first in the family's order.
    silent: dict[int, str] = {}
    away = _with_ways(parents_away(on).filter(student_id__in=[plan.student_id for plan in plans]))
    for held in away.order_by("student_id", "priority", "pk"):
        cause = reason_not_asked(_adult_facts(held, on))
        if cause:
            silent.setdefault(held.student_id, cause)
    asked: dict[tuple[int, datetime | None], list[tuple[PlanRead, Decision]]] = defaultdict(list)
    left_out = []
    for read in with_adults(read_plans(plans, at)):
        child = read.plan.student
        waits = read.plan.waits_until
        decided = _next(read.facts, occasions.get(child.pk, ()), waits, at)
        if decided.outcome == Outcome.ASK and decided.adult:
            asked[decided.adult.adult_id, decided.due_at].append((read, decided))
        elif decided.outcome != Outcome.OPEN_QUESTION:  # its ladder is shown instead
            cause = str(decided.outcome)
            if decided.outcome == Outcome.NOBODY:
                cause = silent.get(child.pk, str(read.why_nobody))
            elif waits and decided.outcome == Outcome.NOT_YET:
                cause = WAITS
            adult = next(iter(read.adults.values()), None)
            left_out.append(
                MessageAhead((child,), adult, at=None, cause=cause, read=read, decision=decided)
            )
    questions = []
    for (adult_id, due_at), siblings in asked.items():  # one message for the same adult and day
        read, decided = siblings[0]
        occasion = next((one.occasion for _read, one in siblings if one.occasion), None)
        questions.append(
            MessageAhead(
                students=tuple(one.plan.student for one, _decision in siblings),
                adult=read.adults[adult_id],
                at=due_at,
                because="occasion" if occasion or read.plan.occasion else "question",
                hours=decided.adult.hours if decided.adult else None,
                occasion=occasion,
                read=read,
                decision=decided,
            )
        )
    return questions + left_out


def _next(
    facts: PlanFacts, occasions: Sequence[Occasion], waits_until: date | None, at: datetime
) -> Decision:
    """Return the next question. For a child whose class waits, that is from the class's day on.

    If nobody can be asked we say so earlier, so that it can be put right in time.
    """
    if waits_until is None:
        return next_question(facts, occasions, at)
    facts = replace(facts, next_due_on=max(facts.next_due_on, waits_until))
    decided = next_question(facts, [one for one in occasions if one.ask_on >= waits_until], at)
    if decided.outcome == Outcome.NOT_YET and not facts.adults:
        return Decision(Outcome.NOBODY)
    return decided


def adults_not_asked(student: Student, on: date) -> list[AdultNote]:
    """Return everybody in the family who gets no question, and why, in two queries."""
    rows = _with_ways(current_guardianships(on).filter(student=student))
    notes = [
        AdultNote(held, reason_not_asked(_adult_facts(held, on)))
        for held in rows.order_by("priority", "pk")
    ]
    return [note for note in notes if note.cause]


def askable_adults(student: Student, on: date) -> list[Guardianship]:
    """Return the family members who may receive a question, each once, with their own rhythm,
    in one query.
    """
    rows = askable_family(on).filter(student=student).select_related("adult__own_rhythm", "student")
    return list({held.adult_id: held for held in rows.order_by("-priority", "-pk")}.values())[::-1]


def _with_ways(rows: QuerySet[Guardianship]) -> QuerySet[Guardianship]:
    shared = ContactPoint.objects.filter(is_address_of_blocked(), adult_id=OuterRef("adult_id"))
    rows = rows.annotate(has_way=has_usable_way("adult_id"), shares=Exists(shared))
    return rows.select_related("adult__own_rhythm")


def _adult_facts(held: Guardianship, on: date) -> AdultFacts:
    adult = held.adult
    own = getattr(adult, "own_rhythm", None)
    has_way: bool = held.has_way  # type: ignore[attr-defined]  # annotated
    shares: bool = held.shares  # type: ignore[attr-defined]  # annotated
    return AdultFacts(
        is_blocked=adult.is_blocked,
        shares_phone_with_blocked=shares and not has_way,
        has_opted_out=adult.opted_out_at is not None,
        has_legal_basis=adult.legal_basis != Adult.LegalBasis.NONE,
        is_in_touch=adult.may_be_asked_about,
        has_way=has_way,
        is_paused=own is not None and own.rhythm.is_paused(on),
    )


def _from_outbox(by_pk: dict[int, Student], at: datetime) -> list[MessageAhead]:
    waiting = OutboxMessage.objects.filter(
        kind=OutboxMessage.Kind.CHECK_IN,
        state__in=["due", "retry"],
        due_at__lte=at + timedelta(days=PREVIEW_DAYS),
    )
    lines = CheckInLine.objects.filter(student_id__in=by_pk).order_by()
    lines = lines.filter(Exists(waiting.filter(about_id=OuterRef("check_in_id"))))
    children: dict[int, set[int]] = defaultdict(set)
    for check_in_id, student_id in lines.values_list("check_in_id", "student_id"):
        children[check_in_id].add(student_id)
    waiting = waiting.filter(about_id__in=children)
    pks = list(waiting.order_by("due_at", "pk").values_list("pk", flat=True))
    rows = read_facts(pks, at) if pks else []
    adults = Adult.objects.in_bulk({row.adult_id for row in rows})
    found = []
    for row in rows:
        if not row.about_id:
            continue
        leaves_at = max(row.due_at, at)
        decision = delivery_rules.recheck(row.facts, leaves_at)
        students = tuple(by_pk[pk] for pk in sorted(children[row.about_id]))
        adult, hours = adults.get(row.adult_id), row.facts.hours
        if decision.verdict in LEFT_OUT:
            found.append(MessageAhead(students, adult, at=None, cause=decision.cause, hours=hours))
            continue
        because = "retry" if row.attempt_count else "again" if row.step else "message"
        leaves_at = decision.due_at or leaves_at
        found.append(
            MessageAhead(students, adult, leaves_at, because, hours=hours, rung=decision.cause)
        )
    return found


def _from_ladders(by_pk: dict[int, Student], at: datetime) -> list[MessageAhead]:
    """Return what follows if nobody answers: the steps of each open question in the days ahead."""
    until = at + timedelta(days=PREVIEW_DAYS)
    about = CheckInLine.objects.filter(student_id__in=by_pk).values("check_in_id")
    climbing_ones = CheckIn.objects.filter(
        pk__in=about, next_step_at__isnull=False, next_step_at__lte=until
    )
    check_ins = list(climbing_ones.select_related("adult").order_by("next_step_at", "pk"))
    lines = list(lines_to_ask(at, check_in__in=[one.pk for one in check_ins]))
    facts = read_climbs(check_ins, lines, at)
    ladders = ladders_of({one.school_id for one in check_ins})
    children = defaultdict(list)
    for line in lines:
        if line.student_id in by_pk:
            children[line.check_in_id].append(by_pk[line.student_id])
    found = []
    for one in check_ins:
        if not children[one.pk]:
            continue
        ladder, hours, possible = ladders[one.school_id], one.adult.hours, facts.possible(one)
        between = (max(one.next_step_at or at, at), until)
        first = next_climb(one, ladder, facts)
        ahead = rules.steps_ahead(ladder, hours, first, one.rung, possible, between)
        for number, (rung, step_at) in enumerate(ahead):
            found.append(
                MessageAhead(
                    students=tuple(children[one.pk]),
                    adult=one.adult,
                    at=step_at,
                    because="step",
                    rung=str(rung),
                    hours=hours,
                    is_not_yet=one.state == CheckIn.State.NOT_YET and number == 0,
                )
            )
    return found
