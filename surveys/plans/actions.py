"""Change plans: begin one with its first part; a person opens or drops each later part."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from accounts.models import User
from schools.models import School, SchoolClass
from schools.policies import today_in
from surveys import actions, queries
from surveys.models import PlannedRound, Round
from surveys.plans.queries import plan_of


@transaction.atomic
def open_plan(
    *,
    school: School,
    choice: str,
    how: str,
    classes: Collection[SchoolClass],
    due_on: date,
    talks_per_week: int,
    again: bool = False,
    key: UUID,
    by: User,
    at: datetime,
) -> Round:
    """Open the first part and save the others for their day. The same `key` begins one plan.

    Raises what `open_round` raises, and TooLarge if not even one class fits.
    """
    facts: dict[str, Any] = {
        "school": school,
        "choice": choice,
        "how": how,
        "talks_per_week": talks_per_week,
    }
    plan = plan_of(**facts, classes=classes, due_on=due_on, at=at)
    first = {one.class_id for part in plan.parts[:1] for one in part.classes}
    # If no part holds anybody, open_round refuses the whole and reports its figures.
    now = [one for one in classes if one.pk in first] or classes
    is_begun = Round.objects.filter(key=key).exists()
    opened = actions.open_round(
        **facts, classes=now, due_on=due_on, again=again, key=key, by=by, at=at
    )
    for number, part in enumerate(() if is_begun else plan.parts[1:], start=2):
        row, is_new = PlannedRound.objects.get_or_create(
            key=uuid5(key, str(number)),
            defaults={
                "school": school,
                "plan": key,
                "instrument_key": opened.edition.key,
                "how": how,
                "opens_on": part.opens_on,
                "due_on": part.due_on,
                "talks_per_week": talks_per_week,
                "planned_by": by,
                "planned_at": at,
            },
        )
        if is_new:
            row.classes.set([one.class_id for one in part.classes])
    return opened


@transaction.atomic
def open_planned(*, part: PlannedRound, by: User, at: datetime) -> Round:
    """Open a part of a plan, on its day or later, with the questions as they are now.

    If it is already open, return that round. Raises Refused before its day, if it was dropped or if the
    questions are gone, and what `open_round` raises.
    """
    locked = PlannedRound.objects.select_for_update(of=("self",)).get(pk=part.pk)
    if locked.round is not None:
        return locked.round
    on = today_in(locked.school, at)
    if locked.dropped_at is not None or on < locked.opens_on:
        raise actions.Refused("closed")
    choices = queries.choices_for(locked.school)
    chosen = next((one for one in choices if one.instrument.key == locked.instrument_key), None)
    if chosen is None:
        raise actions.Refused("no_questions")
    locked.round = actions.open_round(
        school=locked.school,
        choice=chosen.value,
        how=locked.how,
        classes=list(locked.classes.all()),
        # As many days as were planned, if it is opened late.
        due_on=max(locked.due_on, on + (locked.due_on - locked.opens_on)),
        talks_per_week=locked.talks_per_week,
        key=locked.key,
        by=by,
        at=at,
    )
    locked.save(update_fields=["round"])
    return locked.round


@transaction.atomic
def drop_planned(*, part: PlannedRound, by: User, at: datetime) -> None:
    """Drop a part, so that nobody is reminded of it. No change if it was opened or dropped before."""
    rows = PlannedRound.objects.filter(pk=part.pk, round=None, dropped_at=None)
    rows.update(dropped_at=at, dropped_by=by)
