"""Worklist items for visits and calls: a few rows a day, never a wall of names."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.addresses import address
from core.days import short_day
from core.prepared import Question, joined, prepared
from schools.policies import own_class_ids
from schools.worklist import Lane, WorkItem
from students.policies import children_of_own_classes
from visits.models import Agreement, CallLog, Duty, Visit
from visits.policies import (
    agreements_visible_to,
    calls_visible_to,
    may_go_by_village,
    students_to_visit,
    visits_visible_to,
)
from visits.presenters import agreed_line, due_words
from visits.queries import calls_due, still_to_go
from visits.rules import CALL_LEFT_OPEN_MINUTES, CALLS_DUE_LAST_DAYS

ASKED_A_DAY = 3  # overdue visits and calls listed on one day: few enough to be done


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """Return the visits that the user is to make, and calls that they began but did not finish recording.

    Class teachers also get what is overdue for their own class, visits that the village may not make, and
    agreements of the school that are due.
    """
    on = timezone.localdate(at)
    own = own_class_ids(user, on)
    unfinished = _left_open(user=user, on=on, before=at - timedelta(minutes=CALL_LEFT_OPEN_MINUTES))
    calls = _calls_to_make(user=user, on=on, limit=ASKED_A_DAY) if own else []
    promised = _promised(user=user, on=on) if own else []
    return [
        *(_unfinished(row) for row in unfinished),
        *_visits(user, own, on),
        *(_call(row) for row in calls),
        *(_agreement(row, on) for row in promised),
    ]


def questions(user: User, at: datetime) -> list[Question]:
    """Return the prepared queries that `work_for` runs first, for `ask_together`."""
    on = timezone.localdate(at)
    before = at - timedelta(minutes=CALL_LEFT_OPEN_MINUTES)
    asked = [
        _left_open.first_look(user=user, on=on, before=before),
        _waiting.question(user=user, on=on),
    ]
    if own_class_ids(user, on):
        asked.append(_calls_to_make.question(user=user, on=on, limit=ASKED_A_DAY))
        asked.append(_promised.first_look(user=user, on=on))
    return asked


def _visits(user: User, own: list[int], on: date) -> list[WorkItem]:
    """Return visits planned for this person, visits the village may not make, and overdue ones."""
    rows = _waiting(user=user, on=on)
    by_village = [row.student_id for row in rows if row.by_village]
    allowed = may_go_by_village(by_village, on, user)
    planned, given_back, overdue = [], [], []
    for row in rows:
        if row.by_village:
            if row.student_id not in allowed:
                why = _(
                    "The family does not want a visit from the village worker. Please visit "
                    "them yourself."
                )
                given_back.append(_item(row, why, _("Plan visit"), "visit"))
        elif row.planned_on is None:
            if row.class_id in own and row.due_on < on:
                why = _("This term's home visit is %(due)s and not planned yet.")
                why = why % {"due": due_words(row, on)}
                overdue.append(_item(row, why, _("Plan visit"), "visit"))
        elif row.planned_on <= on and (
            row.goes_id == user.pk or (row.goes_id is None and row.class_id in own)
        ):
            day = short_day(row.planned_on, on)
            words = (
                _("A visit is planned for today, %(village)s.")
                if row.planned_on == on
                else _("The visit planned for %(day)s has no outcome yet, %(village)s.")
            )
            village = row.student.village or _("village not on file")
            words %= {"day": day, "village": village}
            planned.append(_item(row, words, _("Record outcome"), "record"))
    return [*planned, *given_back, *overdue[:ASKED_A_DAY]]


@prepared
def _waiting(*, user, on) -> QuerySet[Visit]:
    """Return open visits that may concern this person today, most overdue first."""
    # By the children's ids; otherwise the class of every visit of the school would have to be
    # looked up.
    mine = Q(goes_id=user.pk) | Q(student_id__in=children_of_own_classes(user, on))
    rows = still_to_go(visits_visible_to(user, on), on).filter(
        mine,
        Q(put_off_until=None) | Q(put_off_until__lte=on),
        Q(planned_on__lte=on) | Q(due_on__lt=on) | Q(by_village=True),
    )
    rows = joined(rows, "student__name", "student__village", "school__time_zone")
    return rows.order_by("due_on", "pk")


def _item(row: Visit, why: str, label: str, page: str) -> WorkItem:
    return WorkItem(
        key=f"visit-{row.pk}",
        lane=Lane.DUE,
        student_id=row.student_id,
        student_name=row.student.name,
        why=why,
        since_at=_noon(row.planned_on or row.due_on, row.school.time_zone),
        act_label=label,
        act_url=address(f"visits:{page}", row.pk),
        act_opens=True,
        later_url=address("visits:put_off", row.pk),
    )


def _noon(on: date, zone: str) -> datetime:
    return datetime.combine(on, time(12), ZoneInfo(zone))


@prepared
def _calls_to_make(*, user, on, limit: int) -> QuerySet[Duty]:
    """Return calls to parents that are not made yet, towards the end of a month."""
    rows = calls_due(students_to_visit(user, on), on).filter(
        Q(put_off_until=None) | Q(put_off_until__lte=on),
        due_on__lt=on + timedelta(days=CALLS_DUE_LAST_DAYS),
        student_id__in=children_of_own_classes(user, on),
    )
    return joined(rows, "student__name", "school__time_zone")[:limit]


def _call(duty: Duty) -> WorkItem:
    student = duty.student
    assert student is not None  # noqa: S101 - a call is about a child (constraint)
    return WorkItem(
        key=f"call-{duty.pk}",
        lane=Lane.DUE,
        student_id=student.pk,
        student_name=student.name,
        why=_("Nobody has called a parent this month yet."),
        since_at=_noon(duty.due_on, duty.school.time_zone),
        act_label=_("Call"),
        act_url=address("visits:call", student.pk),
        act_opens=True,
        later_url=address("visits:put_off_call", duty.pk),
    )


@prepared
def _left_open(*, user, on, before) -> QuerySet[CallLog]:
    rows = calls_visible_to(user, on).filter(
        called_by_id=user.pk, outcome="", started_at__lt=before
    )
    return joined(rows, "student__name", "adult__name", "school__time_zone")


def _unfinished(row: CallLog) -> WorkItem:
    local = timezone.localtime(row.started_at, ZoneInfo(row.school.time_zone))
    return WorkItem(
        key=f"call-log-{row.pk}",
        lane=Lane.DUE,
        student_id=row.student_id,
        student_name=row.student.name,
        why=_("You called %(name)s at %(time)s. How did it go?")
        % {"name": row.adult.name, "time": f"{local:%-H:%M}"},
        since_at=row.started_at,
        act_label=_("Record outcome"),
        act_url=address("visits:call_outcome", row.pk),
        act_opens=True,
    )


@prepared
def _promised(*, user, on) -> QuerySet[Agreement]:
    """Return what the school has promised to families of the user's own class and is now due."""
    rows = agreements_visible_to(user, on).filter(
        who=Agreement.Who.SCHOOL,
        done_at=None,
        by_on__lte=on,
        student_id__in=children_of_own_classes(user, on),
    )
    return joined(rows, "student__name", "school__time_zone").order_by("by_on", "pk")


def _agreement(row: Agreement, on: date) -> WorkItem:
    return WorkItem(
        key=f"agreed-{row.pk}",
        lane=Lane.DUE,
        student_id=row.student_id,
        student_name=row.student.name,
        why=_("Agreed with the family. %(line)s.") % {"line": agreed_line(row, on)},
        since_at=_noon(row.by_on or on, row.school.time_zone),
        act_label=_("Done as agreed"),
        act_url=address("visits:keep_agreement", row.pk),
    )
