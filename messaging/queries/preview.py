"""What will be sent in the next days about some children, with the reason, and what will not and why.

Nothing is decided here: plans ask `plans.rules.coming`, which asks what the generator asks; waiting
messages `rules.recheck`, which asks what dispatch asks; ladders `rules.climb`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from delivery import rules as delivery_rules
from delivery.dispatch.facts import Row, read_facts
from delivery.models import OutboxMessage
from guardians.hours import Hours
from guardians.models import Adult, ContactPoint, Guardianship
from guardians.queries import (
    addresses_of_blocked,
    askable_family,
    current_guardianships,
    has_usable_way,
    last_contact_on,
    parents_away,
)
from messaging import rules
from messaging.actions.ladder import lines_to_ask, next_climb
from messaging.actions.other_adults import Asking, who_may_be_asked
from messaging.models import CheckIn, CheckInLine, CheckInPlan
from messaging.plans.rules import (
    PREVIEW_DAYS,
    Occasion,
    Outcome,
    OwnRhythm,
    Silence,
    Turn,
    coming,
    why_not,
)
from messaging.queries.ladders import ladders_of
from messaging.queries.occasions import occasions_between
from messaging.queries.plan_facts import PlanRead, climbing, read_plans
from students.models import Student

LEFT_OUT = (
    delivery_rules.Verdict.SUPPRESS,
    delivery_rules.Verdict.EXPIRE,
    delivery_rules.Verdict.HOLD,
    delivery_rules.Verdict.FAIL,
)


@dataclass(frozen=True)
class Coming:
    """One message ahead, or (`cause`) one that does not go.

    `because`: question | occasion | step | message | retry | again; `cause`: an Outcome or a code of
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
    turn: Turn | None = None
    rung: str = ""
    is_not_yet: bool = False  # they have said so

    @property
    def is_first(self) -> bool:
        return self.turn is not None and self.turn.adult is not None and self.turn.adult.is_first

    @property
    def passed_by(self) -> tuple[Adult, OwnRhythm] | None:
        """Who would have come before `adult`, and what they said."""
        first = self.read.facts.adults[0] if self.read and self.read.facts.adults else None
        if (
            self.read is None
            or first is None
            or self.adult is None
            or first.adult_id == self.adult.pk
        ):
            return None
        return self.read.adults[first.adult_id], first.own


@dataclass(frozen=True)
class AdultNote:
    """An adult of one child's family who gets no question, and why (texts.CAUSES)."""

    held: Guardianship
    cause: str


@dataclass(frozen=True)
class Preview:
    coming: tuple[Coming, ...]
    left_out: tuple[Coming, ...]
    without_plan: int


def preview(students: QuerySet[Student], at: datetime) -> Preview:
    """The next PREVIEW_DAYS days of these children; a fixed number of queries for any number of them."""
    by_pk = {row.pk: row for row in students.order_by("name_pinyin", "pk")}
    plans = list(
        CheckInPlan.objects.filter(student_id__in=by_pk, ended_on=None)
        .annotate(talked_on=last_contact_on("student_id"), is_climbing=Exists(climbing()))
        .select_related("student")
        .order_by("student__name_pinyin", "student_id")
    )
    open_ones = _open_check_ins(by_pk, at)
    found = [
        *_from_plans(plans, at),
        *_from_outbox(by_pk, at),
        *_from_ladders(open_ones, by_pk, at),
    ]
    ahead = sorted(
        (one for one in found if not one.cause),
        key=lambda one: (one.at or at, one.students[0].name_pinyin),
    )
    left_out = [one for one in found if one.cause]
    return Preview(tuple(ahead), tuple(left_out), len(by_pk) - len(plans))


def _from_plans(plans: Sequence[CheckInPlan], at: datetime) -> list[Coming]:
    """Siblings of one day and adult are one message."""
    on = timezone.localdate(at)
    last = on + timedelta(days=PREVIEW_DAYS)
    rows = CheckInPlan.objects.filter(pk__in=[plan.pk for plan in plans])
    occasions = occasions_between(rows, on, last)
    silent = _silences([plan.student_id for plan in plans], on)
    asked: dict[tuple[int, datetime | None], list[tuple[PlanRead, Turn]]] = defaultdict(list)
    left_out = []
    for read in read_plans(plans, at):
        met = coming(read.facts, occasions.get(read.plan.student_id, ()), at)
        if met.outcome == Outcome.ASK and met.adult:
            asked[met.adult.adult_id, met.due_at].append((read, met))
        elif met.outcome != Outcome.OPEN_QUESTION:  # its ladder tells of itself
            left_out.append(_not_asked(read, met, silent))
    return [_question(together) for together in asked.values()] + left_out


def _question(together: Sequence[tuple[PlanRead, Turn]]) -> Coming:
    read, met = together[0]
    occasion = next((turn.occasion for _read, turn in together if turn.occasion), None)
    because = "occasion" if occasion or read.plan.occasion else "question"
    return Coming(
        students=tuple(one.plan.student for one, _turn in together),
        adult=read.adults[met.adult.adult_id] if met.adult else None,
        at=met.due_at,
        because=because,
        hours=met.adult.hours if met.adult else None,
        occasion=occasion,
        read=read,
        turn=met,
    )


def _not_asked(read: PlanRead, met: Turn, silent: dict[int, str]) -> Coming:
    cause = str(met.outcome)
    if met.outcome == Outcome.NOBODY:
        cause = silent.get(read.plan.student_id, str(read.why_nobody))
    adult = next(iter(read.adults.values()), None)
    return Coming((read.plan.student,), adult, at=None, cause=cause, read=read, turn=met)


def _silences(student_ids: Sequence[int], on: date) -> dict[int, str]:
    """Child → why none of the parents away can be asked, in the words for the first in the family's order."""
    found: dict[int, str] = {}
    away = parents_away(on).filter(student_id__in=student_ids)
    rows = _with_ways(away).select_related("adult__own_rhythm")
    for held in rows.order_by("student_id", "priority", "pk"):
        cause = why_not(_silence(held, on))
        if cause:
            found.setdefault(held.student_id, cause)
    return found


def adults_not_asked(student: Student, on: date) -> list[AdultNote]:
    """Everybody of one family who gets no question, and why; two queries."""
    rows = _with_ways(current_guardianships(on).filter(student=student))
    rows = rows.select_related("adult__own_rhythm").order_by("priority", "pk")
    notes = [AdultNote(held, why_not(_silence(held, on))) for held in rows]
    return [note for note in notes if note.cause]


def askable_adults(student: Student, on: date) -> list[Guardianship]:
    """Who of one family may receive a question, each once, with their own rhythm; one query."""
    rows = askable_family(on).filter(student=student).select_related("adult__own_rhythm", "student")
    return list({held.adult_id: held for held in rows.order_by("-priority", "-pk")}.values())[::-1]


def _with_ways(rows: QuerySet[Guardianship]) -> QuerySet[Guardianship]:
    shared = ContactPoint.objects.filter(adult_id=OuterRef("adult_id")).filter(
        Exists(addresses_of_blocked("school_id").filter(address=OuterRef("address")))
    )
    return rows.annotate(has_way=has_usable_way("adult_id"), shares=Exists(shared))


def _silence(held: Guardianship, on: date) -> Silence:
    adult = held.adult
    own = getattr(adult, "own_rhythm", None)
    has_way: bool = held.has_way  # type: ignore[attr-defined]  # annotated
    shares: bool = held.shares  # type: ignore[attr-defined]  # annotated
    return Silence(
        is_blocked=adult.is_blocked,
        shares_phone_with_blocked=shares and not has_way,
        has_opted_out=adult.opted_out_at is not None,
        has_legal_basis=adult.legal_basis != Adult.LegalBasis.NONE,
        is_in_touch=adult.may_be_asked_about,
        has_way=has_way,
        is_paused=own is not None and own.rhythm.is_paused(on),
    )


def _from_outbox(by_pk: dict[int, Student], at: datetime) -> list[Coming]:
    waiting = OutboxMessage.objects.filter(
        kind=OutboxMessage.Kind.CHECK_IN,
        state__in=["due", "retry"],
        due_at__lte=at + timedelta(days=PREVIEW_DAYS),
    )
    lines = CheckInLine.objects.filter(student_id__in=by_pk)
    about = _children_of(lines.filter(Exists(waiting.filter(about_id=OuterRef("check_in_id")))))
    waiting = waiting.filter(about_id__in=about)
    pks = list(waiting.order_by("due_at", "pk").values_list("pk", flat=True))
    rows = read_facts(pks, at) if pks else []
    adults = Adult.objects.in_bulk({row.adult_id for row in rows})
    return [_message(row, about[row.about_id], by_pk, adults, at) for row in rows if row.about_id]


def _children_of(lines: QuerySet[CheckInLine]) -> dict[int, list[int]]:
    found = defaultdict(set)
    for check_in_id, student_id in lines.order_by().values_list("check_in_id", "student_id"):
        found[check_in_id].add(student_id)
    return {pk: sorted(children) for pk, children in found.items()}


def _message(
    row: Row, children: Iterable[int], by_pk: dict[int, Student], adults: dict, at: datetime
) -> Coming:
    leaves_at = max(row.due_at, at)
    decision = delivery_rules.recheck(row.facts, leaves_at)
    goes = decision.verdict not in LEFT_OUT
    because = "retry" if row.attempt_count else "again" if row.step else "message"
    return Coming(
        students=tuple(by_pk[pk] for pk in children),
        adult=adults.get(row.adult_id),
        at=(decision.due_at or leaves_at) if goes else None,
        because=because if goes else "",
        cause="" if goes else decision.cause,
        hours=row.facts.hours,
        rung=decision.cause if goes else "",
    )


def _open_check_ins(by_pk: dict[int, Student], at: datetime) -> list[CheckIn]:
    """Questions whose next step falls into the days ahead."""
    lines = CheckInLine.objects.filter(student_id__in=by_pk).values("check_in_id")
    rows = CheckIn.objects.filter(
        pk__in=lines,
        next_step_at__isnull=False,
        next_step_at__lte=at + timedelta(days=PREVIEW_DAYS),
    )
    return list(rows.select_related("adult").order_by("next_step_at", "pk"))


def _from_ladders(
    check_ins: list[CheckIn], by_pk: dict[int, Student], at: datetime
) -> list[Coming]:
    """What follows by itself where nobody answers: the steps of each question in the days ahead."""
    lines = list(lines_to_ask(check_in__in=[one.pk for one in check_ins]))
    asking = who_may_be_asked(check_ins, lines, at)
    ladders = ladders_of({one.school_id for one in check_ins})
    children = defaultdict(list)
    for line in lines:
        if line.student_id in by_pk:
            children[line.check_in_id].append(by_pk[line.student_id])
    return [
        step
        for one in check_ins
        if children[one.pk]
        for step in _steps(one, tuple(children[one.pk]), ladders[one.school_id], asking, at)
    ]


def _steps(
    one: CheckIn, students: tuple[Student, ...], ladder: rules.Ladder, asking: Asking, at: datetime
) -> list[Coming]:
    hours = one.adult.hours
    between = (max(one.next_step_at or at, at), at + timedelta(days=PREVIEW_DAYS))
    first, possible = next_climb(one, ladder, asking), asking.possible(one)
    ahead = rules.steps_ahead(ladder, hours, first, one.rung, possible, between)
    return [
        Coming(
            students=students,
            adult=one.adult,
            at=step_at,
            because="step",
            rung=str(rung),
            hours=hours,
            is_not_yet=one.state == CheckIn.State.NOT_YET and number == 0,
        )
        for number, (rung, step_at) in enumerate(ahead)
    ]
