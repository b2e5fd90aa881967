"""How an evening runs: who is asked, what an answer does, what the clock does.

Each action locks the evenings that it changes, in the order of their ids. A decision and its messages are
written in one transaction. Every question has a key, so that a task that dies or runs twice asks nobody
twice.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID, uuid5

import structlog
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone, translation

from accounts.models import User
from core.database import run_step
from guardians.models import Adult
from nights import messages, queries, rules
from nights.models import Asking, Night, NightEntry, NightRule, Reason, Step, Switch
from nights.presenters import told_so_far
from safeguarding import actions as safeguarding
from safeguarding.models import Concern, ConcernEntry
from safeguarding.opening import append, open_concern
from safeguarding.queries import school_now
from schools.models import School, SchoolClass
from students.models import Student
from visits.policies import may_go_by_village

log = structlog.get_logger(__name__)

Kind = NightEntry.Kind
# Namespace for the keys of switches that a rule makes: one for each school and evening.
RULES = UUID("6f0d1c3e-4b52-4a77-9f3c-2d5a8e9b7c10")
RULE_SECONDS = 600  # until a rule is looked at again
WRITTEN_IN = "zh-hans"  # the text of a concern is stored, for the school to read


# -- begin -------------------------------------------------------------------------------------------


@transaction.atomic
def start(*, student: Student, reason: str, by: User, at: datetime) -> Night:
    """Record that no adult is at home with this child tonight, and ask the neighbours at once, at any hour.

    If the question of a switch is still open, it moves on to the neighbours; if they are being asked already,
    nothing changes.
    """
    Student.objects.select_for_update().get(pk=student.pk)
    school = school_now(student, student.school, at)
    evening = queries.tonight_at(school, at)
    night = queries.open_nights().filter(student=student, evening=evening).first()
    if night is None:
        night = _make(school, student, evening, reason, at, by=by, is_urgent=True)
        _advance([night], at)
    elif night.step == Step.CARER:
        night.is_urgent = True
        _entry(night, Kind.SAID_NO, at, step=Step.CARER, user=by)
        _advance([night], at)
    return night


def _make(
    school: School,
    student: Student,
    evening,
    reason: str,
    at: datetime,
    *,
    by: User | None,
    is_urgent: bool = False,
    switch: Switch | None = None,
) -> Night:
    night = Night.objects.create(
        school=school,
        student=student,
        evening=evening,
        reason=reason,
        switch=switch,
        is_urgent=is_urgent,
        started_by=by,
        started_at=at,
    )
    _entry(night, Kind.STARTED, at, user=by)
    return night


@transaction.atomic
def switch_on(
    *,
    school: School,
    school_class: SchoolClass | None,
    reason: str,
    days: tuple,
    with_boarders: bool,
    key: UUID,
    by: User,
    at: datetime,
) -> Switch:
    """Ask who is at home from the first evening to the last; nothing changes if `key` is known already.

    `follow` begins at the right hour.
    """
    made, _is_new = Switch.objects.get_or_create(
        key=key,
        defaults={
            "school": school,
            "school_class": school_class,
            "reason": Reason(reason),
            "starts_on": days[0],
            "ends_on": days[1],
            "with_boarders": with_boarders,
            "made_by": by,
            "made_at": at,
        },
    )
    return made


@transaction.atomic
def _begin_switch(switch: Switch, at: datetime) -> bool:
    """Create the evenings of a switch at its hour; a child who has a row for tonight keeps it."""
    locked = Switch.objects.select_for_update().filter(pk=switch.pk, called_off_at=None).first()
    if locked is None:
        return False
    local = at.astimezone(queries.zone_of(locked.school))
    on = local.date()
    if not rules.may_ask_carers(local) or not locked.starts_on <= on <= locked.ends_on:
        return False
    classes = None if locked.school_class_id is None else [locked.school_class_id]
    reach = queries.reach_of(locked.school, classes, locked.with_boarders, on)
    known = Night.objects.filter(evening=on, student__in=reach.students, called_off_at=None)
    had = set(known.values_list("student_id", flat=True))
    # If nobody at home can be asked, a person has to act: the page of the switch names these children.
    left = {one.pk for one in reach.without_way} | had
    # What a rule begins is nobody's own act.
    by = None if locked.key == _key_of_rule(locked.school, on) else locked.made_by
    nights = [
        _make(locked.school, one, on, locked.reason, at, by=by, switch=locked)
        for one in reach.students
        if one.pk not in left
    ]
    _advance(nights, at)
    return bool(nights)


@transaction.atomic
def set_rule(
    *, school: School, on_festivals: bool, for_away: bool, by: User, at: datetime
) -> NightRule:
    """Set what begins an evening automatically from now on; with nothing ticked, nothing does.

    Evenings that have begun continue.
    """
    made, _is_new = NightRule.objects.update_or_create(
        school=school,
        defaults={
            "on_festivals": on_festivals,
            "for_away": for_away,
            "set_by": by,
            "set_at": at,
        },
    )
    return made


def _key_of_rule(school: School, on: date) -> UUID:
    return uuid5(RULES, f"{school.pk}:{on.isoformat()}")


@transaction.atomic
def _begin_rule(rule: NightRule, at: datetime) -> bool:
    """Begin what the rule asks tonight, at its hour.

    A festival is a switch, which can be taken back like any other. For a child whose carer is away, a row
    that was called off is not created again.
    """
    locked = NightRule.objects.select_for_update().filter(pk=rule.pk).first()
    if locked is None or not rules.may_ask_carers(at.astimezone(queries.zone_of(rule.school))):
        return False
    school, on = rule.school, queries.tonight_at(rule.school, at)
    if locked.on_festivals and queries.festivals_of(school, on, on):
        switch_on(
            school=school,
            school_class=None,
            reason=Reason.FESTIVAL,
            days=(on, on),
            with_boarders=True,
            key=_key_of_rule(school, on),
            by=locked.set_by,
            at=at,
        )
    if not locked.for_away:
        return False
    children = queries.away_from(school, on)
    known = Night.objects.filter(evening=on, student__in=children)
    had = set(known.values_list("student_id", flat=True))
    nights = [
        _make(school, one, on, Reason.AWAY, at, by=None) for one in children if one.pk not in had
    ]
    _advance(nights, at)
    return bool(nights)


# -- the chain ---------------------------------------------------------------------------------------


def follow(at: datetime) -> None:
    """Do what is due by the clock; safe to run twice or in parallel.

    Children who wait come before evenings that begin.
    """
    # Handle nights of one school and evening together: a neighbour of two children is asked once.
    together: dict[tuple, list[int]] = {}
    waiting = Night.objects.filter(pk__in=queries.waiting_ids(at)).order_by("pk")
    for pk, *place in waiting.values_list("pk", "school_id", "evening"):
        together.setdefault(tuple(place), []).append(pk)
    for ids in together.values():
        run_step(_pass_on, ids, at)
    for pk in queries.nights_with_blocked(at).order_by("pk").values_list("pk", flat=True):
        run_step(_leave_blocked, pk, at)
    for pk in queries.ids_looked_after():
        run_step(_follow_concern, pk, at)
    for rule in queries.rules_in_force():
        # A rule looks through all the school's families: once in RULE_SECONDS, or always without the cache.
        turn = int(at.timestamp()) // RULE_SECONDS
        name = f"nights:rule:{rule.pk}:{int(rule.set_at.timestamp())}:{turn}"
        if cache.add(name, "looked at", RULE_SECONDS):
            run_step(_begin_rule, rule, at)
    for switch in queries.switches_to_begin(at):
        run_step(_begin_switch, switch, at)


@transaction.atomic
def _pass_on(ids: Collection[int], at: datetime) -> None:
    """Ask the next adult for the nights whose step has run out of time."""
    rows = queries.open_nights().filter(pk__in=ids, step_ends_at__lte=at)
    nights = list(
        rows.select_for_update(skip_locked=True, of=("self",))
        .select_related("school", "student", "concern")
        .order_by("pk")
    )
    unanswered = []
    for night in nights:
        if night.step == Step.DUTY and night.concern and night.concern.acknowledged_at:
            night.step_ends_at = None  # somebody of the school has taken it
            night.save(update_fields=["step_ends_at"])
            continue
        _entry(night, Kind.SILENT, at, step=night.step)
        unanswered.append(night)
    _advance(unanswered, at)


def _advance(nights: Sequence[Night], at: datetime) -> None:
    """Move locked evenings of one school and one date on to their next step."""
    if not nights:
        return
    zone, on = queries.zone_of(nights[0].school), timezone.localdate(at)
    people = queries.people_for(nights, nights[0].evening, at)
    asked: dict[tuple[str, int], list[Night]] = {}
    for night in nights:
        workers: list[int] = []
        if night.step == Step.DUTY and may_go_by_village([night.student_id], on):
            workers = queries.village_workers(night.student, on)
        found = rules.next_step(
            night.step,
            people[night.pk],
            is_urgent=night.is_urgent,
            has_village=bool(workers),
            local=at.astimezone(zone),
        )
        for step, why in found.passed:
            _entry(night, Kind.PASSED, at, step=step, why=why)
        night.step, night.step_ends_at = found.step, rules.step_ends_at(found.step, at, zone)
        night.save(update_fields=["step", "step_ends_at", "is_urgent"])
        if found.step in (rules.CARER, *rules.NEARBY):
            key = (found.step, people[night.pk][found.step].adult_id)
            asked.setdefault(key, []).append(night)
        elif found.step == Step.DUTY:
            _tell_duty(night, at)
        elif found.step == Step.VILLAGE:
            for user_id in workers:
                _entry(night, Kind.TOLD, at, step=Step.VILLAGE, user_id=user_id)
            messages.tell_village(night, workers, at)
    _ask(asked, at)


def _ask(asked: dict[tuple[str, int], list[Night]], at: datetime) -> None:
    """Ask each adult one question for each part, about all the children they are asked to help now."""
    again: list[Night] = []
    for (step, adult_id), nights in asked.items():
        part = Asking.Part.CARER if step == rules.CARER else Asking.Part.NEARBY
        first = nights[0]
        asking, is_new = Asking.objects.get_or_create(
            adult_id=adult_id,
            evening=first.evening,
            part=part,
            defaults={
                "school_id": first.school_id,
                "asked_at": at,
                "expires_at": rules.night_ends_at(first.evening, queries.zone_of(first.school)),
            },
        )
        for night in nights:
            _entry(night, Kind.ASKED, at, step=step, asking=asking)
        if is_new:
            messages.ask(asking, max(filter(None, (one.step_ends_at for one in nights))), at)
        elif part == Asking.Part.CARER and asking.answer == Asking.Answer.YES:
            for night in nights:  # an adult at home is there for a brother or sister, too
                _settle(night, Night.Settled.HOME, at, adult=asking.adult)
        elif asking.answer == Asking.Answer.NO:
            for night in nights:
                night.is_urgent |= part == Asking.Part.CARER
            again += nights
    if again:
        _advance(again, at)


def _tell_duty(night: Night, at: datetime) -> None:
    """Open a concern round the clock: it rings the people on duty first, then climbs its ladder.

    If the concern of this evening is still open, ring its adult again: since it was opened somebody was
    there, and now nobody is.
    """
    with translation.override(WRITTEN_IN):
        words = told_so_far(night)
    if night.concern is not None and safeguarding.ring_again(
        concern=night.concern, words=words, at=at
    ):
        _entry(night, Kind.TOLD, at, step=Step.DUTY, user=night.concern.named_adult)
        return
    night.concern, _is_new = open_concern(
        student=night.student,
        school=night.school,
        source=Concern.Source.NIGHT,
        source_key=f"night:{night.pk}:{night.entries.count()}",
        words=words,
        at=at,
    )
    night.save(update_fields=["concern"])
    _entry(night, Kind.TOLD, at, step=Step.DUTY, user=night.concern.named_adult)


@transaction.atomic
def _follow_concern(pk: int, at: datetime) -> None:
    """Settle the evening because a person closed its concern; the text they wrote there is not copied."""
    rows = queries.open_nights().filter(pk=pk, concern__closed_at__isnull=False)
    night = (
        rows.select_for_update(of=("self",)).select_related("concern", "school", "student").first()
    )
    if night is not None and night.concern is not None:
        _settle(night, Night.Settled.SCHOOL, at, by=night.concern.closed_by)


# -- answers -----------------------------------------------------------------------------------------


@transaction.atomic
def answer(
    *, asking: Asking, nights: Collection[Night], is_yes: bool, how: str, at: datetime
) -> Asking:
    """Record what the adult says for `nights` (nights.links.Opened: those that are theirs now).

    If two people say yes at once, the first one counts as there. A "no" moves on what waits for this adult.
    A "no" after a "yes" reopens what the yes had settled. The same answer again changes nothing.
    """
    locked = {
        one.pk: one
        for one in Night.objects.select_for_update(of=("self",))
        .filter(pk__in=[night.pk for night in nights], called_off_at=None)
        .select_related("school", "student", "concern")
        .order_by("pk")
    }
    asking = (
        Asking.objects.select_for_update(of=("self",)).select_related("adult").get(pk=asking.pk)
    )
    said = Asking.Answer.YES if is_yes else Asking.Answer.NO
    if asking.answer == said:
        return asking
    was_yes = asking.answer == Asking.Answer.YES
    asking.answer, asking.answered_at, asking.answered_how = said, at, how
    asking.save(update_fields=["answer", "answered_at", "answered_how"])
    step_of = dict(
        NightEntry.objects.filter(asking=asking, kind=Kind.ASKED, night__in=locked).values_list(
            "night_id", "step"
        )
    )
    unanswered = []
    for night in locked.values():
        step = step_of[night.pk]
        if step == Step.CARER and not is_yes:
            night.is_urgent = True  # from now on somebody knows that nobody is at home
        _entry(night, Kind.SAID_YES if is_yes else Kind.SAID_NO, at, step=step, asking=asking)
        if is_yes and night.is_open:
            is_carer = asking.part == Asking.Part.CARER
            settled_as = Night.Settled.HOME if is_carer else Night.Settled.NEARBY
            _settle(night, settled_as, at, adult=asking.adult)
        elif was_yes and night.settled_adult_id == asking.adult_id:
            # They cannot be there after all: the chain continues after the step in which they were asked.
            _reopen(night, step, at)
            unanswered.append(night)
        elif night.is_open and night.step == step:
            unanswered.append(night)
    _advance(unanswered, at)
    return asking


def _reopen(night: Night, step: str, at: datetime) -> None:
    night.settled_at, night.settled_as, night.settled_adult = None, "", None
    night.seen_at, night.step = None, step
    night.save()
    _entry(night, Kind.REOPENED, at, step=step)


@transaction.atomic
def _leave_blocked(pk: int, at: datetime) -> None:
    """Ask the next adult: who is there was blocked since, and may not come near the child."""
    rows = (
        queries.nights_with_blocked(at).filter(pk=pk).select_related("school", "student", "concern")
    )
    night = rows.select_for_update(of=("self",)).first()
    if night is not None:
        _reopen(night, night.step, at)
        _advance([night], at)


@transaction.atomic
def go(*, night: Night, by: User, at: datetime) -> bool:
    """Record that the village worker goes there, by a tap or a key.

    Return False if somebody else is there already.
    """
    locked = _locked(night)
    if locked is None:
        return False
    _entry(locked, Kind.SAID_YES, at, step=Step.VILLAGE, user=by)
    _settle(locked, Night.Settled.VILLAGE, at, by=by)
    return True


@transaction.atomic
def settle(*, night: Night, words: str, by: User, at: datetime) -> bool:
    """Record who of the school is with the child and what they did; False if the evening is over.

    The same text closes the concern that rang the people on duty.
    """
    locked = _locked(night)
    if locked is None:
        return False
    _settle(locked, Night.Settled.SCHOOL, at, by=by, words=words)
    if locked.concern is not None:
        closing = Concern.Closing.WITH_CHILD
        safeguarding.close(concern=locked.concern, by=by, closing=closing, words=words, at=at)
    return True


def _locked(night: Night) -> Night | None:
    rows = queries.open_nights().filter(pk=night.pk).select_related("school", "student", "concern")
    return rows.select_for_update(of=("self",)).first()


def _settle(
    night: Night,
    how: str,
    at: datetime,
    *,
    adult: Adult | None = None,
    by: User | None = None,
    words: str = "",
) -> None:
    night.settled_at, night.settled_as, night.words = at, Night.Settled(how), words
    night.settled_adult, night.settled_by, night.seen_at = adult, by, None
    night.step_ends_at = None
    night.save()
    _entry(night, Kind.SETTLED, at, user=by)
    concern = night.concern
    if concern is not None and concern.closed_at is None:
        # Only a person closes it; the person who has it reads at once what has become known.
        with translation.override(WRITTEN_IN):
            append(concern, ConcernEntry.Kind.ADDED, at, words=told_so_far(night))
    messages.tell_parents(night, at)


# -- take back ---------------------------------------------------------------------------------------


@transaction.atomic
def call_off(*, night: Night, by: User, at: datetime) -> None:
    """Call it off: the carer came home, or it was a mistake. Waiting messages are not sent.

    A concern stays with the person who has it.
    """
    locked = _locked(night)
    if locked is not None:
        _call_off(locked, by, at)


def _call_off(night: Night, by: User, at: datetime) -> None:
    night.called_off_at, night.called_off_by, night.step_ends_at = at, by, None
    night.save(update_fields=["called_off_at", "called_off_by", "step_ends_at"])
    _entry(night, Kind.CALLED_OFF, at, user=by)


@transaction.atomic
def switch_off(*, switch: Switch, by: User, at: datetime) -> int:
    """Take the school's question back; return how many evenings end with it.

    If somebody has said that nobody is at home, or if the school was notified, the child is looked after as
    before.
    """
    locked = Switch.objects.select_for_update().get(pk=switch.pk)
    if locked.called_off_at is None:
        locked.called_off_at, locked.called_off_by = at, by
        locked.save(update_fields=["called_off_at", "called_off_by"])
    steps = (rules.CARER, *rules.NEARBY)
    waiting = queries.open_nights().filter(switch=locked, is_urgent=False, step__in=steps)
    ending = list(waiting.select_for_update(of=("self",)).order_by("pk"))
    for night in ending:
        _call_off(night, by, at)
    return len(ending)


def see(*, night: Night, at: datetime) -> None:
    """Record that the class teacher has read who is there."""
    Night.objects.filter(pk=night.pk, seen_at=None).exclude(settled_at=None).update(seen_at=at)


def _entry(night: Night, kind: str, at: datetime, **facts) -> NightEntry:
    return NightEntry.objects.create(
        night=night, school_id=night.school_id, kind=kind, at=at, **facts
    )
