"""Worklist items for call slots: today's calls, parents whom no time suits, repeatedly missed calls."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import User
from calls import rules
from calls.models import CallPlace, CallSlot, CallWish
from calls.policies import holds_today
from calls.presenters import clock
from calls.queries import AHEAD
from calls.things import work as things_work
from core.prepared import Question, joined, prepared
from guardians.models import Guardianship
from guardians.presenters import called
from guardians.queries import last_ties
from schools.policies import school_ids_where
from schools.roles import Permission
from schools.worklist import Lane, WorkItem
from students.policies import own_children, unbarred

ROWS_SHOWN = 20  # rows of each kind, the earliest first
FORGOTTEN_AFTER_DAYS = 7  # days; after that we no longer ask about an unsettled call
FAILING_DAYS = 30  # days; older missed calls say nothing about the present


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """Return items for a class teacher's own children, or for all calls of the school for the phone room."""
    on = timezone.localdate(at)
    phones = school_ids_where(user, Permission.OFFER_CALLS, on)
    children = own_children(user, on)
    if not phones and not children:
        return []
    rows = _near(**_of_these_days(user, children, phones, at))
    zones = {row.pk: ZoneInfo(row.school.time_zone) for row in rows}
    today = [
        row
        for row in rows
        if row.starts_at.astimezone(zones[row.pk]).date() <= at.astimezone(zones[row.pk]).date()
    ]
    held = last_ties([(row.student_id, row.adult_id) for row in today])
    return [
        *(_call_item(row, held.get((row.student_id, row.adult_id)), at) for row in today),
        *_wishes(children),
        *_failing(children, at),
        *things_work.to_ask(children, at),
    ]


def questions(user: User, at: datetime) -> list[Question]:
    """Return the prepared queries that `work_for` runs first, for `ask_together`."""
    on = timezone.localdate(at)
    phones = school_ids_where(user, Permission.OFFER_CALLS, on)
    children = own_children(user, on)
    if not phones and not children:
        return []
    return [
        _near.question(**_of_these_days(user, children, phones, at)),
        _open_wishes.question(children=children, limit=ROWS_SHOWN),
        _lately.question(children=children, since=at - timedelta(days=FAILING_DAYS)),
        *things_work.questions(children, at),
    ]


def _of_these_days(
    user: User, children: list[int], phones: list[int], at: datetime
) -> dict[str, Any]:
    return {
        "user": user,
        "children": children,
        "phones": phones,
        "on": timezone.localdate(at),
        "at": at,
        "since": at - timedelta(days=FORGOTTEN_AFTER_DAYS),
        "until": at + timedelta(days=1),
        "limit": ROWS_SHOWN,
    }


@prepared
def _near(*, user, children, phones, on, at, since, until, limit: int) -> QuerySet[CallSlot]:
    at_school = CallPlace.at_school("place__")
    # Nobody at school knows whether a call at home took place; the line or the family tells us.
    mine = CallSlot.objects.filter(at_school | Q(ends_at__gt=at), student_id__in=children)
    rooms = CallSlot.objects.filter(at_school, unbarred(user, "student_id"), school_id__in=phones)
    rows = (mine | rooms).filter(
        holds_today(on),
        state__in=AHEAD,
        starts_at__gte=since,
        starts_at__lt=until,
    )
    rows = joined(rows.select_related("place"), "student__name", "school__time_zone")
    return rows.order_by("starts_at", "pk")[:limit]


def _call_item(row: CallSlot, held: Guardianship | None, at: datetime) -> WorkItem:
    zone = ZoneInfo(row.school.time_zone)
    facts = {
        "time": clock(row.starts_at, zone),
        "place": row.place.shown_name,
        "who": called(held) if held else _("a parent"),
    }
    if row.ends_at <= at:
        why = _("Did the call with %(who)s at %(time)s take place?") % facts
    else:
        why = _("Today at %(time)s a call with %(who)s, %(place)s.") % facts
    day = row.starts_at.astimezone(zone).date()
    return WorkItem(
        key=f"call-{row.pk}",
        lane=Lane.DUE,
        student_id=row.student_id,
        student_name=row.student.name,
        why=why,
        since_at=row.starts_at,
        act_label=_("Open the list"),
        act_url=f"{reverse('calls:day')}?on={day.isoformat()}#slot-{row.pk}",
        act_opens=True,
    )


def _wishes(children: list[int]) -> list[WorkItem]:
    rows = _open_wishes(children=children, limit=ROWS_SHOWN)
    held = last_ties([(row.student_id, row.adult_id) for row in rows])
    items = []
    for row in rows:
        known = held.get((row.student_id, row.adult_id))
        facts = {"who": capfirst(called(known)) if known else _("A parent"), "words": row.words}
        if row.by_key and not row.words:
            why = _("Somebody asked on the phone for another time to talk with %(who)s.") % {
                "who": called(known) if known else _("a parent")
            }
        elif row.words:
            why = _("None of the call times suit %(who)s: “%(words)s”") % facts
        else:
            why = _("None of the call times suit %(who)s.") % facts
        items.append(
            WorkItem(
                key=f"call-wish-{row.pk}",
                lane=Lane.AWAITING_ANSWER,
                student_id=row.student_id,
                student_name=row.student.name,
                why=why,
                since_at=row.asked_at,
                act_label=_("Find a time"),
                act_url=f"{reverse('calls:suggest')}?child={row.student_id}",
                act_opens=True,
            )
        )
    return items


@prepared
def _open_wishes(*, children, limit: int) -> QuerySet[CallWish]:
    rows = CallWish.objects.filter(student_id__in=children, settled_at=None, adult__blocked_at=None)
    return joined(rows, "student__name").order_by("asked_at", "pk")[:limit]


def _failing(children: list[int], at: datetime) -> list[WorkItem]:
    """Return pairs whose latest calls were missed and who have booked nothing since."""
    rows = _lately(children=children, since=at - timedelta(days=FAILING_DAYS))
    pairs: dict[tuple[int, int], list[CallSlot]] = {}
    for row in rows:
        pairs.setdefault((row.student_id, row.adult_id), []).append(row)
    failing = [calls for calls in pairs.values() if rules.is_in_the_way([c.state for c in calls])]
    held = last_ties([(calls[0].student_id, calls[0].adult_id) for calls in failing])
    words = _("Two calls in a row with %(who)s did not take place. Please ask what is in the way.")
    items = []
    for row in (calls[0] for calls in failing[:ROWS_SHOWN]):
        known = held.get((row.student_id, row.adult_id))
        items.append(
            WorkItem(
                key=f"call-missed-{row.pk}",
                lane=Lane.DUE,
                student_id=row.student_id,
                student_name=row.student.name,
                why=words % {"who": called(known) if known else _("a parent")},
                since_at=row.settled_at or row.ends_at,
                act_label=_("Find a time"),
                act_url=f"{reverse('calls:suggest')}?child={row.student_id}",
                act_opens=True,
            )
        )
    return items


@prepared
def _lately(*, children, since) -> QuerySet[CallSlot]:
    rows = CallSlot.objects.filter(student_id__in=children, starts_at__gte=since)
    rows = rows.exclude(state=CallSlot.State.CANCELLED)
    return joined(rows, "student__name").order_by("-starts_at")
