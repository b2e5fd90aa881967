"""Writes to a plan: its owner writes, shares, drops and ends it; a party ticks off its own part."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from accounts.models import User
from counselling.cases.actions import CaseClosed, lock, lock_open, seal_into
from counselling.models import Case, Measure, MeasureTick, SupportPlan
from counselling.plans import looks, rules
from counselling.plans.looks import looked
from counselling.plans.queries import facts_of
from delivery import actions as messaging
from delivery.models import OutboxMessage
from guardians.models import Adult
from schools.models import School
from schools.policies import today_in

MEASURE_WORDS_MAX = 200  # characters; two lines on a phone
PAGE = "/f/agreed/"  # the family's page with what was agreed
MORNING = (
    8  # o'clock at the school, when a reminder is due; it then waits for the adult's free hours
)
TOLD_LATE_DAYS = 7  # days after which a message about an agreement is of no use

TOLD = gettext_noop("The school has recorded what was agreed with you.")
REMINDED = gettext_noop("Something that was agreed with you is due tomorrow.")


class NothingToShare(ValueError):
    """Every measure has been shown to its party already."""


class NotAgreed(ValueError):
    """The school requires a second person to review the plan first, and nobody has reviewed this version."""


class DayIsOver(ValueError):
    """The last day of a measure passed before anybody was shown it."""


@transaction.atomic
def add_measure(
    *,
    case: Case,
    by: User,
    party: str,
    words: str,
    rhythm: str,
    due_on: date,
    at: datetime,
    key: uuid.UUID,
    adult: Adult | None = None,
    user: User | None = None,
) -> Measure:
    """Add a measure to the running plan of the case, or to a new plan. Nobody sees it before `share`.

    A second call with the same `key` changes nothing. Raise NoKey, AccessWithdrawn or CaseClosed.
    """
    case = lock_open(case, by, at)
    had = Measure.objects.filter(pk=key, plan__case=case).first()
    if had is not None:
        return had
    facts = {"school_id": case.school_id, "student_id": case.student_id, "made_at": at}
    plan, _is_new = SupportPlan.objects.get_or_create(case=case, ended_at=None, defaults=facts)
    measure = Measure(
        pk=key,
        school_id=case.school_id,
        student_id=case.student_id,
        plan=plan,
        party=party,
        adult=adult,
        user=user,
        rhythm=rhythm,
        starts_on=today_in(case.school, at),
        due_on=due_on,
        made_by=by,
        made_at=at,
    )
    seal_into(measure, words)
    measure.save(force_insert=True)
    return measure


@transaction.atomic
def reassign(*, measure: Measure, to: User) -> None:
    """Give the school's part to another colleague. Ticks stay, with who made them."""
    row = Measure.objects.select_for_update(of=("self",)).get(pk=measure.pk)
    if row.dropped_at is None and row.party == Measure.Party.SCHOOL:
        row.user = to
        row.save(update_fields=["user"])


@transaction.atomic
def share(*, plan: SupportPlan, by: User, review_on: date, at: datetime) -> SupportPlan:
    """Show each party its own new measures and tell the family's adults that there is something to see.

    New measures begin on the day they are shown, so that nothing is late before the person could know of it.
    Raise NothingToShare, DayIsOver, NotAgreed, AccessWithdrawn or CaseClosed.
    """
    case, plan = _lock(plan, by, at)
    if case.closed_at is not None:
        raise CaseClosed
    today = today_in(case.school, at)
    fresh = list(plan.measures.filter(shared_at=None, dropped_at=None).select_related("adult"))
    if not fresh or plan.ended_at is not None:
        raise NothingToShare
    if any(one.due_on < today for one in fresh):
        raise DayIsOver
    if not looked(plan, at).may_show:
        raise NotAgreed
    plan.shared_at, plan.review_on = plan.shared_at or at, review_on
    plan.save(update_fields=["shared_at", "review_on"])
    plan.measures.filter(pk__in=[one.pk for one in fresh]).update(shared_at=at, starts_on=today)
    # Sending checks again for blocks, opt-outs, quiet hours and who still sees the child.
    for measure in fresh:
        if measure.adult is not None:
            key = _told_key(measure, f"{at:%Y%m%d}", _dropped_beside(measure).count())
            _queue(case.school, measure, key, TOLD, at)
            _queue_reminder(case.school, measure, 0, at)
    return plan


def _queue_reminder(school: School, measure: Measure, nth: int, at: datetime) -> None:
    """Queue a reminder for the morning before a measure that is done once, if that is still to come."""
    day_before = measure.due_on - timedelta(days=1)
    remind_at = datetime.combine(day_before, time(MORNING), ZoneInfo(school.time_zone))
    if measure.rhythm == Measure.Rhythm.ONCE and remind_at > at:
        _queue(school, measure, _reminder_key(measure, nth), REMINDED, remind_at)


def _queue(school: School, measure: Measure, key: str, words: str, due_at: datetime) -> None:
    messaging.queue_message(
        kind=OutboxMessage.Kind.NOTICE,
        school=school,
        dedupe_key=key,
        adult=measure.adult,
        due_at=due_at,
        expires_at=due_at + timedelta(days=TOLD_LATE_DAYS),
        payload={"words": words, "path": PAGE, "students": [measure.student_id]},
    )


def _told_key(measure: Measure, day: str, nth: int) -> str:
    """Return the key of a message that something was agreed: one a day for each adult.

    After a drop there is another one, because the drop may have cancelled the first.
    """
    return f"agreed:{measure.plan_id}:{measure.adult_id}:{day}:{nth}"


def _dropped_beside(measure: Measure) -> QuerySet[Measure]:
    rows = Measure.objects.filter(plan=measure.plan_id, adult=measure.adult_id)
    return rows.exclude(shared_at=None).exclude(dropped_at=None)


def _reminder_key(measure: Measure, nth: int) -> str:
    """Return the key of a reminder.

    `nth` counts how often a tick was taken back; each time it is queued again.
    """
    return f"agreed:{measure.pk}:before" + (f":{nth}" if nth else "")


def _call_off_reminders(measures: Iterable[Measure], at: datetime) -> None:
    keys = []
    for one in measures:
        if one.adult_id:
            undone = one.ticks.exclude(undone_at=None).count()
            keys += [_reminder_key(one, nth) for nth in range(undone + 1)]
    messaging.call_off(dedupe_keys=keys, cause="no_longer_due", at=at)


def _call_off_telling(measures: Iterable[Measure], at: datetime) -> None:
    keys = []
    for one in measures:
        if one.adult_id and one.shared_at:
            dropped, day = _dropped_beside(one).count(), f"{one.shared_at:%Y%m%d}"
            keys += [_told_key(one, day, nth) for nth in range(dropped + 1)]
    messaging.call_off(dedupe_keys=keys, cause="no_longer_due", at=at)


@transaction.atomic
def review(*, plan: SupportPlan, by: User, review_on: date, at: datetime) -> SupportPlan:
    """Record that the plan was reviewed and continues until the next review date."""
    _case, plan = _lock(plan, by, at)
    plan.reviewed_at, plan.review_on = at, review_on
    plan.save(update_fields=["reviewed_at", "review_on"])
    return plan


@transaction.atomic
def end(*, plan: SupportPlan, by: User, at: datetime) -> SupportPlan:
    """End the plan: nobody is shown or reminded of anything any more.

    What was done stays on record. A second call changes nothing.
    """
    _case, plan = _lock(plan, by, at)
    if plan.ended_at is None:
        plan.ended_at, plan.ended_by, plan.review_on = at, by, None
        plan.save(update_fields=["ended_at", "ended_by", "review_on"])
        measures = list(plan.measures.exclude(adult=None))
        _call_off_reminders(measures, at)
        _call_off_telling(measures, at)
        looks.call_off(plan, at)
    return plan


@transaction.atomic
def drop(*, measure: Measure, by: User, at: datetime) -> None:
    """Drop a measure that is no longer needed; its party no longer sees it. A second call changes nothing."""
    _lock(measure.plan, by, at)
    if not Measure.objects.filter(pk=measure.pk, dropped_at=None).update(dropped_at=at):
        return
    _call_off_reminders([measure], at)
    if measure.shared_at is None:
        return
    # Still send the message if it is also about another measure of this adult that is in force.
    rows = Measure.objects.filter(plan=measure.plan_id, adult=measure.adult_id, dropped_at=None)
    days = {
        f"{one:%Y%m%d}" for one in rows.exclude(shared_at=None).values_list("shared_at", flat=True)
    }
    if f"{measure.shared_at:%Y%m%d}" not in days:
        _call_off_telling([measure], at)


@transaction.atomic
def tick(
    *,
    measure: Measure,
    at: datetime,
    by_user: User | None = None,
    by_adult: Adult | None = None,
) -> bool:
    """Tick the measure off for its current period.

    Return False, with no change, if it is ticked already or its last day is over.
    """
    measure = _lock_measure(measure)
    on = today_in(measure.school, at)
    if rules.standing(facts_of(measure), on) not in rules.OPEN:
        return False
    try:
        with transaction.atomic():
            MeasureTick.objects.create(
                school_id=measure.school_id,
                measure=measure,
                on=on,
                at=at,
                by_user=by_user,
                by_adult=by_adult,
            )
    except IntegrityError:
        return False
    _call_off_reminders([measure], at)
    return True


@transaction.atomic
def untick(*, measure: Measure, at: datetime) -> None:
    """Take the tick of the current period back and remind again; earlier ticks stay."""
    measure = _lock_measure(measure)
    now = rules.stretch_on(facts_of(measure), today_in(measure.school, at))
    ticks = measure.ticks.filter(undone_at=None)
    if measure.rhythm != Measure.Rhythm.ONCE:
        ticks = ticks.filter(on__range=(now.starts_on, now.ends_on))
    if ticks.update(undone_at=at) and measure.adult_id:
        _queue_reminder(measure.school, measure, measure.ticks.exclude(undone_at=None).count(), at)


def _lock(plan: SupportPlan, by: User, at: datetime) -> tuple[Case, SupportPlan]:
    """Return case and plan, both locked and current.

    Raise AccessWithdrawn if `by` no longer keeps the case.
    """
    case = lock(plan.case, by, at)
    return case, SupportPlan.objects.select_for_update().get(pk=plan.pk)


def _lock_measure(measure: Measure) -> Measure:
    rows = Measure.objects.select_for_update(of=("self",)).select_related("school")
    return rows.get(pk=measure.pk)
