"""What a family sees of call slots, and the messages that it gets about them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from calls import rules
from calls.family_talks import talk_lines
from calls.models import CallPeriod, CallSlot
from calls.policies import BOOKING_KINDS, holds_today
from calls.presenters import moment_words
from calls.queries import AHEAD
from core.prepared import prepared
from guardians.family_lines import FamilyLine
from guardians.hours import evening_before
from guardians.models import Adult, Guardianship
from schools.models import holds_on
from schools.notices import DueMessage

CALLED_OFF_TOLD_HOURS = 24  # hours after which news of a called-off call is old
NEW_TIME_OFFERED_HOURS = 48  # hours after a missed call
ORDER = 40


def family_lines(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """Return, by child, a line for the next call, a call to rate or a way to book, and "we talked".

    Seven queries, whatever the number of children.
    """
    if not student_ids or not adults:
        return {}
    on = timezone.localdate(at)
    mine = {adult.pk for adult in adults}
    held = _held_by(adult_ids=mine, student_ids=student_ids, on=on)
    booking = {row.student_id for row in held if row.kind in BOOKING_KINDS}
    offering = set(_offering(school_ids={row.school_id for row in held}))
    ahead, to_rate = _calls_of(student_ids, mine, booking, at)
    zone = next(iter(adults)).hours.zone
    schools = {row.student_id: row.school_id for row in held}
    lines: dict[int, list[FamilyLine]] = {}
    for child, school in schools.items():
        url = reverse("family_calls:book", args=[child])
        line = None
        if child in to_rate:
            mood_url = reverse("family_calls:mood", args=[child])
            line = FamilyLine(
                _("How was your call?"), mood_url, "talk", _("Tell"), is_due=True, order=ORDER
            )
        elif child in ahead:
            words = _("Call: %(when)s") % {"when": moment_words(ahead[child].starts_at, at, zone)}
            line = FamilyLine(words, url, "phone", order=ORDER)
        elif child in booking and school in offering:
            line = FamilyLine(
                _("A call at the school"), url, "phone", _("Choose a time"), order=ORDER
            )
        if line:
            lines[child] = [line]
    for child, line in talk_lines(held, on).items():
        lines.setdefault(child, []).append(line)
    return lines


@prepared
def _held_by(*, adult_ids, student_ids, on) -> QuerySet[Guardianship]:
    rows = Guardianship.objects.filter(holds_on(on), adult_id__in=adult_ids, may_see_file=True)
    return rows.filter(student_id__in=student_ids)


@prepared
def _offering(*, school_ids) -> QuerySet[Any]:
    rows = CallPeriod.objects.filter(school_id__in=school_ids, place__is_active=True)
    return rows.values_list("school_id", flat=True)


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
    """Return each child's next call (a parent's own; any for a carer) and the children to ask."""
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


def messages_due(at: datetime) -> list[DueMessage]:
    """Return reminders and news of changes that are due now; three queries for any number of calls.

    A message names neither child nor adult; the page behind it does.
    """
    rows = list(
        CallSlot.objects.filter(
            holds_today(timezone.localdate(at)),
            Q(state__in=AHEAD, starts_at__gt=at, starts_at__lte=at + timedelta(days=2))
            | Q(state=CallSlot.State.BOOKED, confirmed_at=None, starts_at__gt=at)
            | Q(
                state__in=(
                    CallSlot.State.CANCELLED,
                    CallSlot.State.MISSED,
                    CallSlot.State.DONE,
                ),
                settled_at__gt=at - timedelta(hours=NEW_TIME_OFFERED_HOURS),
            ),
        ).select_related("adult")
    )
    children = {row.student_id for row in rows}
    carers = _carers(children, at)
    # Pairs with a call ahead: a change of time is not a cancellation, and a missed call has been replaced.
    ahead = CallSlot.objects.filter(student_id__in=children, state__in=AHEAD, ends_at__gt=at)
    booked_again = set(ahead.values_list("student_id", "adult_id"))
    due = [
        message
        for row in rows
        for message in _messages_about(
            row, carers.get(row.student_id, []), (row.student_id, row.adult_id) in booked_again
        )
    ]
    return [one for one in due if one.due_at <= at < one.expires_at]


def _carers(student_ids: Collection[int], at: datetime) -> dict[int, list[Adult]]:
    held = Guardianship.objects.filter(
        holds_on(timezone.localdate(at)),
        student_id__in=student_ids,
        kind=Guardianship.Kind.CARER,
        adult__blocked_at=None,
    ).select_related("adult")
    carers: dict[int, list[Adult]] = {}
    for row in held:
        carers.setdefault(row.student_id, []).append(row.adult)
    return carers


def _messages_about(
    row: CallSlot, carers: Sequence[Adult], is_booked_again: bool
) -> Iterable[DueMessage]:
    if row.is_ahead:
        yield from _reminders(row, carers)
    elif row.settled_at is None:
        return
    elif row.state == CallSlot.State.DONE:
        if row.mood is None:
            words = gettext_noop("How was your call? One tap is enough.")
            until = row.settled_at + timedelta(hours=CALLED_OFF_TOLD_HOURS)
            path = reverse("family_calls:mood", args=[row.student_id])
            yield _message(row, row.adult, "mood", words, row.settled_at, until, path)
    elif not is_booked_again:
        yield from _news(row, row.settled_at, carers)


def _reminders(row: CallSlot, carers: Iterable[Adult]) -> Iterable[DueMessage]:
    adult, starts_at = row.adult.hours, row.starts_at
    if row.confirmed_at is None:
        words = gettext_noop(
            "The school has reserved a time for a call with your child. Does it suit you? Tap to "
            "see."
        )
        yield _message(row, row.adult, "confirm", words, row.booked_at, starts_at)
    before = evening_before(adult, starts_at)
    # An adult who booked after that evening needs no reminder of it.
    if before and row.booked_at < before:
        words = gettext_noop("Your call with your child is tomorrow. Tap to see the time.")
        yield _message(row, row.adult, "day-before", words, before, starts_at)
    soon = rules.hour_before(adult, starts_at)
    if soon and row.booked_at < soon:
        words = gettext_noop("Your call with your child is soon. Tap to see the time.")
        yield _message(row, row.adult, "soon", words, soon, starts_at)
    for carer in carers:
        before = evening_before(carer.hours, starts_at)
        if before and row.booked_at < before and carer.pk != row.adult_id:
            words = gettext_noop(
                "There is a call with the family at the school tomorrow. Tap to see the time."
            )
            yield _message(row, carer, f"home-{carer.pk}", words, before, starts_at)


def _news(row: CallSlot, settled_at: datetime, carers: Iterable[Adult]) -> Iterable[DueMessage]:
    if row.state == CallSlot.State.MISSED:
        words = gettext_noop("The call did not take place. Tap to choose another time.")
        until = settled_at + timedelta(hours=NEW_TIME_OFFERED_HOURS)
        yield _message(row, row.adult, "missed", words, settled_at, until)
        return
    if row.cancelled_by == CallSlot.BookedBy.STAFF:
        words = gettext_noop("The school had to cancel the call. Tap to choose another time.")
        until = settled_at + timedelta(hours=CALLED_OFF_TOLD_HOURS)
        yield _message(row, row.adult, "off", words, settled_at, until)
    for carer in carers:
        before = evening_before(carer.hours, row.starts_at)
        # We reminded this carer of the call, so we tell them that it is cancelled.
        was_reminded = before and row.booked_at < before <= settled_at < row.starts_at
        if was_reminded and carer.pk != row.adult_id:
            words = gettext_noop("The call with the family at the school is cancelled.")
            yield _message(row, carer, f"off-{carer.pk}", words, settled_at, row.starts_at)


def _message(
    row: CallSlot,
    adult: Adult,
    what: str,
    words: str,
    due_at: datetime,
    expires_at: datetime,
    path: str = "",
) -> DueMessage:
    return DueMessage(
        key=f"call:{row.pk}:{what}",
        school_id=row.school_id,
        adult_id=adult.pk,
        words=words,
        path=path or reverse("family_calls:book", args=[row.student_id]),
        due_at=due_at,
        expires_at=expires_at,
        student_id=row.student_id,
    )
