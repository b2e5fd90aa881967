"""What is past its time at a school, which rows are held back, and what was deleted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, cast

from django.apps import apps
from django.conf import settings
from django.db.models import DateTimeField, Exists, Field, Model, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.module_loading import import_string

from counselling.models import Case
from delivery.models import Restore
from doors.staff.erasing import emptied
from doors.staff.retention.rules import (
    BY_KEY,
    EMPTY,
    FILE,
    LEFT,
    PREVIEW_DAYS,
    RULES,
    YEAR,
    Rule,
    acts_from,
    over_before,
)
from privacy.models import DataRequest, RetentionEntry, RetentionHold, RetentionStart
from privacy.requests import WAITING
from rosters.models import RosterImport
from safeguarding.models import Concern, Report
from schools.models import School
from students.models import Enrolment, Student
from threads.models import Thread
from transfers.models import Transfer
from uploads.models import Upload

# Work that nobody has finished yet is kept, however old it is.
UNFINISHED = {
    "talks": Q(thread__state=Thread.State.WAITING_SCHOOL)
    | Q(call_back__isnull=False, call_back__done_at=None),
    "leave": Q(state="asked"),
    "reports": Q(settled_at=None),
    "imports": Q(state__in=[RosterImport.State.QUEUED, RosterImport.State.RUNNING]),
}
LOG_DAYS = YEAR  # of the log of deletions that the page shows


def model_of(rule: Rule) -> type[Model]:
    return apps.get_model(rule.model)


@cache
def fields_of(rule: Rule) -> list[Field]:
    """Return the fields to empty: those of the rule's classes, and a photo or recording that belongs to the
    row.
    """
    classes = import_string(settings.FIELD_CLASSES)[rule.model]
    names = {name for name, found in classes.items() if found in rule.classes} - rule.keeps
    fields = model_of(rule)._meta.concrete_fields
    return [field for field in fields if field.name in names or field.related_model is Upload]


def over(rule: Rule, school: School, on: date) -> QuerySet[Any]:
    """Return the school's rows that are past their time on this day and not yet empty, whether held back or
    not.
    """
    before = over_before(rule, on)
    if rule.event == LEFT:
        # Children whose last day at school was before that day.
        later = Enrolment.objects.filter(
            Q(ends_on=None) | Q(ends_on__gte=before), student_id=OuterRef("student_id")
        )
        ended = Enrolment.objects.filter(~Exists(later), school=school, ends_on__lt=before)
        rows: QuerySet[Any] = Student.objects.filter(pk__in=ended.values("student_id"))
    else:
        model = model_of(rule)
        owner = model
        *steps, name = rule.event.split("__")
        for step in steps:
            owner = cast(Any, owner._meta.get_field(step)).related_model
        last = cast(Field, owner._meta.get_field(name))
        is_moment = isinstance(last, DateTimeField)
        until = midnight(before) if is_moment else before
        has_school = any(field.name == "school" for field in model._meta.concrete_fields)
        path = "school" if has_school else "roster_import__school"
        rows = model._base_manager.filter(**{path: school, f"{rule.event}__lt": until})
    if rule.act == EMPTY:
        rows = rows.filter(holds_something(rule))
    if rule.key in UNFINISHED:
        rows = rows.exclude(UNFINISHED[rule.key])
    return rows


def oldest_first(rule: Rule) -> tuple[str, ...]:
    """Return the order of the rule's own index; sorted by key, each night would read the whole table."""
    return ("pk",) if rule.event == LEFT else (rule.event, "pk")


def holds_something(rule: Rule) -> Q:
    found = Q()
    for field in fields_of(rule):
        nothing = emptied(field)
        found |= (
            Q(**{f"{field.name}__isnull": False})
            if nothing is None
            else ~Q(**{field.name: nothing})
        )
    return found


def kept_back(school: School) -> set[int]:
    """Return the keys of children whose data is kept, because something about them is open or somebody holds
    it back.
    """
    return _children_of(school=school)


def kept_back_among(children: Collection[int]) -> set[int]:
    return _children_of(student__in=children) if children else set()


def _children_of(**where: Any) -> set[int]:
    found: set[int] = set()
    for rows in (
        RetentionHold.objects.filter(lifted_at=None),
        Concern.objects.filter(closed_at=None),
        Case.objects.filter(closed_at=None),
        # A report of suspected harm is evidence and never expires by itself.
        Report.objects.all(),
        DataRequest.objects.filter(state__in=WAITING, student__isnull=False),
        Transfer.objects.filter(closed_at=None),
    ):
        found |= set(rows.filter(**where).values_list("student_id", flat=True))
    return found


@dataclass(frozen=True)
class Ahead:
    rule: Rule
    count: int


def to_delete(rule: Rule, school: School, on: date, kept: Collection[int]) -> QuerySet[Any]:
    """Return the rows of a rule that are deleted or emptied on this day: past their time, and of no child
    held back.
    """
    rows = over(rule, school, on)
    if kept:
        rows = rows.exclude(**{f"{rule.child}__in": kept})
    if rule.act == FILE:
        since = midnight(over_before(rule, on))
        rows = rows.exclude(concerns__closed_at__gte=since).exclude(cases__closed_at__gte=since)
    return rows


def ahead(school: School, on: date) -> list[Ahead]:
    """Return the number of rows of each rule that will go within the preview period if nothing happens."""
    kept, last = kept_back(school), on + timedelta(days=PREVIEW_DAYS)
    return [Ahead(rule, to_delete(rule, school, last, kept).count()) for rule in RULES]


def files_ahead(school: School, on: date) -> QuerySet[Student]:
    """Return the children whose files will be deleted within the preview period."""
    last = on + timedelta(days=PREVIEW_DAYS)
    return to_delete(BY_KEY["file"], school, last, kept_back(school))


def begins_at(school: School) -> datetime | None:
    """Return the moment from which the school's data is deleted; None if nothing has been announced yet."""
    start = RetentionStart.objects.filter(school=school).first()
    return acts_from(start.announced_at, restored_at()) if start else None


def restored_at() -> datetime | None:
    return Restore.objects.order_by("-loaded_at").values_list("loaded_at", flat=True).first()


def gone(school: School, on: date) -> QuerySet[Any, Any]:
    """Return what was deleted, by day and rule, latest first."""
    since = midnight(on - timedelta(days=LOG_DAYS))
    rows = RetentionEntry.objects.filter(school=school, at__gte=since)
    by_day = rows.annotate(day=TruncDate("at")).values("day", "rule").annotate(n=Sum("count"))
    return by_day.order_by("-day", "rule")


def holds(school: School) -> QuerySet[RetentionHold]:
    rows = RetentionHold.objects.filter(school=school, lifted_at=None)
    return rows.select_related("student", "set_by").order_by("-set_at", "-pk")


def midnight(on: date) -> datetime:
    return timezone.make_aware(datetime.combine(on, time.min))
