"""Lines about call slots on a family's card."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from calls import rules
from calls.family_talks import talk_lines, talk_questions
from calls.homes.queries import may_be_rung_at_home
from calls.models import CallPeriod, CallPlace, CallSlot
from calls.policies import BOOKING_KINDS, holds_today
from calls.presenters import moment_words
from calls.queries import AHEAD
from calls.things.queries import waiting_for
from calls.things.rules import SHOWN_DAYS
from core.addresses import address
from core.prepared import Question, prepared
from guardians.family_lines import FamilyLine
from guardians.models import Adult, Guardianship
from guardians.policies import ties_of

ORDER = 40
THINGS_ORDER = 12


def family_lines(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """Return, by child, a line for the next call, a call to rate or a way to book, and "we talked".

    Nine queries, whatever the number of children.
    """
    if not student_ids or not adults:
        return {}
    on = timezone.localdate(at)
    mine = {adult.pk for adult in adults}
    held = [row for row in ties_of(adult_ids=mine, on=on) if row.student_id in student_ids]
    booking = {row.student_id for row in held if row.kind in BOOKING_KINDS}
    offering = set(_offering(school_ids={row.school_id for row in held}))
    # If the school offers calls, we need not look for times at home.
    elsewhere = {
        row.student_id
        for row in held
        if row.student_id in booking and row.school_id not in offering
    }
    at_home = set(_offering_at_home(student_ids=elsewhere, on=on)) if elsewhere else set()
    ahead, to_rate = _calls_of(student_ids, mine, booking, at)
    zone = next(iter(adults)).hours.zone
    schools = {row.student_id: row.school_id for row in held}
    lines: dict[int, list[FamilyLine]] = {}
    for child, school in schools.items():
        url = address("family_calls:book", child)
        line = None
        if child in to_rate:
            mood_url = address("family_calls:mood", child)
            line = FamilyLine(
                _("How was your call?"), mood_url, "talk", _("Tell"), is_due=True, order=ORDER
            )
        elif child in ahead:
            words = _("Call: %(when)s") % {"when": moment_words(ahead[child].starts_at, at, zone)}
            line = FamilyLine(words, url, "phone", order=ORDER)
        elif child in booking and (school in offering or child in at_home):
            words = _("A call at the school") if school in offering else _("A call at home")
            line = FamilyLine(words, url, "phone", _("Choose a time"), order=ORDER)
        if line:
            lines[child] = [line]
    for child, line in talk_lines(held, on).items():
        lines.setdefault(child, []).append(line)
    for child, line in _things(mine, held, at).items():
        lines.setdefault(child, []).append(line)
    return lines


def questions(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> list[Question]:
    """Return the prepared queries that `family_lines` runs for a parent; for others it runs fewer."""
    on, mine = timezone.localdate(at), {adult.pk for adult in adults}
    since = at - timedelta(days=rules.MOOD_ASKED_FOR_DAYS)
    things_since = at - timedelta(days=SHOWN_DAYS)
    asked = {"student_ids": student_ids, "mine": mine, "at": at, "since": since, "on": on}
    return [
        _ahead_or_to_rate.question(**asked),
        *talk_questions(student_ids, mine, on),
        _offering.question(school_ids={adult.school_id for adult in adults}),
        waiting_for.question(adult_ids=mine, student_ids=student_ids, since=things_since),
    ]


def _things(mine: set[int], held: Collection[Guardianship], at: datetime) -> dict[int, FamilyLine]:
    """Return lines for what a child wants these adults to ask.

    A line is due until it is answered; then it is only there to read again.
    """
    parents = {row.student_id for row in held if row.kind == Guardianship.Kind.PARENT}
    since = at - timedelta(days=SHOWN_DAYS)
    lines = {}
    for row in waiting_for(adult_ids=mine, student_ids=parents, since=since):
        lines[row.student_id] = FamilyLine(
            _("What %(name)s wants you to ask") % {"name": row.student.given_name},
            address("family_calls:things", row.student_id),
            "ask",
            _("Read them"),
            is_due=row.answered_at is None,
            order=THINGS_ORDER,
        )
    return lines


@prepared
def _offering(*, school_ids) -> QuerySet[Any]:
    rows = CallPeriod.objects.filter(
        CallPlace.at_school("place__"), school_id__in=school_ids, place__is_active=True
    )
    return rows.values_list("school_id", flat=True)


@prepared
def _offering_at_home(*, student_ids, on) -> QuerySet[Any]:
    rows = may_be_rung_at_home(on).filter(student_id__in=student_ids)
    return rows.values_list("student_id", flat=True)


@prepared
def _ahead_or_to_rate(*, student_ids, mine, at, since, on) -> QuerySet[CallSlot]:
    return CallSlot.objects.filter(
        Q(state__in=AHEAD, ends_at__gt=at)
        | Q(state=CallSlot.State.DONE, mood=None, settled_at__gte=since, adult_id__in=mine),
        holds_today(on),
        student_id__in=student_ids,
    ).order_by("-starts_at")


def _calls_of(
    student_ids: Collection[int], mine: set[int], booking: set[int], at: datetime
) -> tuple[dict[int, CallSlot], set[int]]:
    """Return each child's next call, and the children whose call can be rated.

    For a parent it is their own call, for a carer any.
    """
    since = at - timedelta(days=rules.MOOD_ASKED_FOR_DAYS)
    rows = _ahead_or_to_rate(
        student_ids=student_ids, mine=mine, at=at, since=since, on=timezone.localdate(at)
    )
    ahead: dict[int, CallSlot] = {}
    to_rate: set[int] = set()
    for row in rows:
        if row.state == CallSlot.State.DONE:
            to_rate.add(row.student_id)
        elif row.adult_id in mine or row.student_id not in booking:
            ahead[row.student_id] = row
    return ahead, to_rate
