"""Change pulses: save a tap, finish a form, record a talk, delete old answers."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.weeks import monday_of
from schools.policies import today_in
from surveys.actions import keep_edition
from surveys.models import Pulse
from surveys.pulses import queries, rules
from surveys.pulses.queries import Person


class Refused(ValueError):
    """It is not the time for this question, or it has no such answer."""


@transaction.atomic
def answer(*, of: Person, item: str, option: str, at: datetime) -> Pulse:
    """Save one tap of this week's form, which the first tap begins; empty `option`: skipped.

    The last question finishes it. Raises Refused, also once it is finished and can no longer be changed.
    """
    pulse = _this_week(of, at)
    asked = pulse.edition.instrument.item(item)
    if asked is None or (option and asked.option(option) is None):
        raise Refused("no_such_answer")
    pulse.answers |= {item: option}
    if not queries.items_open(pulse):
        _finish(pulse, at)
    pulse.save()
    return pulse


@transaction.atomic
def leave_out(*, of: Person, at: datetime) -> None:
    """Skip the rest of this week's form; nobody asks again before the next time."""
    pulse = _this_week(of, at)
    pulse.answers = {one.id: "" for one in queries.items_open(pulse)} | pulse.answers
    _finish(pulse, at)
    pulse.save()


def _this_week(of: Person, at: datetime) -> Pulse:
    """Return this week's form, locked; begin it if there is none yet.

    Raises Refused if it is not due, or was finished too long ago to change.
    """
    edition = queries.edition_for(of)
    if edition.pk is None:
        edition = keep_edition(school=of.school, definition=edition.definition, by=None, at=at)
    on, owner = today_in(of.school, at), queries.owner_of(of)
    week_on = monday_of(on)
    if queries.of_this_week(of, on) is None:
        if not queries.is_due(of, on):
            raise Refused("not_due")
        begun = {"school": of.school, "edition": edition, "begun_at": at}
        Pulse.objects.get_or_create(**owner, week_on=week_on, defaults=begun)
    rows = Pulse.objects.select_for_update(of=["self"]).select_related("edition")
    pulse = rows.get(**owner, week_on=week_on)
    if not rules.may_change(pulse.finished_at, at):
        raise Refused("finished")
    return pulse


def _finish(pulse: Pulse, at: datetime) -> None:
    """Finish the form.

    A change soon after counts again, but the time for changes runs from the first finish.
    """
    on = today_in(pulse.school, at)
    pulse.finished_at = pulse.finished_at or at
    if pulse.student_id is None:
        chosen = [one.option(pulse.answers[one.id]) for one in pulse.edition.instrument.items]
        pulse.asks_for_talk = any(one is not None and one.is_to_look_at for one in chosen)
        return
    others = Pulse.objects.filter(student=pulse.student_id).exclude(pk=pulse.pk)
    asked_on = (
        others.filter(asks_for_talk=True).order_by("week_on").values_list("week_on", flat=True)
    )
    moods = [one for one in queries.moods_of(pulse.student_id, on) if one[0] != pulse.week_on]
    moods.append((pulse.week_on, queries.value_of(pulse, rules.MOOD_ITEM)))
    pulse.asks_for_talk = rules.talk_is_due(moods, asked_on.last(), on)


def note_talked(*, pulse: Pulse, by: User, at: datetime) -> None:
    """Record a talk with the child or the carer, which settles earlier requests too.

    The first entry stays.
    """
    owner = {"student_id": pulse.student_id, "adult_id": pulse.adult_id}
    rows = Pulse.objects.filter(**owner, asks_for_talk=True, talked_at=None)
    rows.filter(week_on__lte=pulse.week_on).update(talked_at=at, talked_by=by)


def forget(*, at: datetime) -> int:
    """Delete what may no longer be kept."""
    deleted, _by_model = queries.to_forget(timezone.localdate(at)).delete()
    return deleted
