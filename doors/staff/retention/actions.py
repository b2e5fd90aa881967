"""Delete what is past its time, a few rows at a time.

An interrupted run loses nothing; the next one continues.
"""

import time
from collections import defaultdict
from datetime import datetime

import pgtrigger
import structlog
from django.db import DatabaseError, models, transaction
from django.db.models import F

from doors.staff import erasing
from doors.staff.retention import queries
from doors.staff.retention.rules import EMPTY, FILE, RULES, Rule
from privacy.models import RetentionEntry, RetentionStart
from schools.models import School
from schools.policies import today_in
from students.models import Student
from threads.models import ThreadMessage
from uploads.models import Upload, UploadContent

log = structlog.get_logger(__name__)
ROWS_AT_ONCE = 200
FILES_AT_ONCE = 5  # each takes a second, and its rows are locked for that time
TASK_SECONDS = 600.0  # in one run; the rest follows in the next
Rows = erasing.Rows


def let_go(at: datetime, *, task_seconds: float = TASK_SECONDS) -> int:
    """Delete what is past its time at all schools, rule by rule. Return the number of rows.

    Two runs at the same time never work on the same school.
    """
    until, count = time.monotonic() + task_seconds, 0
    for school in School.objects.order_by("pk"):
        RetentionStart.objects.get_or_create(school=school, defaults={"announced_at": at})
        begins_at = queries.begins_at(school)
        if begins_at is None or at < begins_at:
            continue
        for rule in RULES:
            count += _all_of(rule, school, at, until)
        if time.monotonic() >= until:
            break
    return count


def _all_of(rule: Rule, school: School, at: datetime, until: float) -> int:
    """Delete batch after batch. If rows cannot be deleted, log it and skip the rule for this run."""
    count = 0
    while time.monotonic() < until:
        try:
            gone = _batch(rule, school, at)
        except DatabaseError:
            log.exception("retention_failed", rule=rule.key, school_id=school.pk)
            break
        if not gone:
            break
        count += gone
    return count


@transaction.atomic
def _batch(rule: Rule, school: School, at: datetime) -> int:
    """Delete or empty a few rows and add the line in the log, both or neither."""
    if not RetentionStart.objects.select_for_update(skip_locked=True).filter(school=school):
        return 0
    on = today_in(school, at)
    size = FILES_AT_ONCE if rule.act == FILE else ROWS_AT_ONCE
    rows = queries.to_delete(rule, school, on, queries.kept_back(school))
    oldest = rows.order_by(*queries.oldest_first(rule))
    found = list(oldest.values_list("pk", F(rule.child)).distinct()[:size])
    keys = _locked(rule, {row[0] for row in found}, {row[1] for row in found if row[1]})
    if not keys:
        return 0
    if rule.act == FILE:
        for student in Student.objects.filter(pk__in=keys):
            erasing.erase_file(student, at)
    else:
        # Append-only tables refuse deletions, but here they must allow them. Fields that are emptied are
        # also emptied in the history.
        with pgtrigger.ignore():
            if rule.act == EMPTY:
                _empty(rule, keys)
            else:
                _delete(queries.model_of(rule), keys)
    RetentionEntry.objects.create(school=school, rule=rule.key, count=len(keys), at=at)
    return len(keys)


def _locked(rule: Rule, keys: set[int], children: set[int]) -> set[int]:
    """Return `keys` without rows of children about whom something was opened since they were read.

    From here on nothing new can be opened, because a row that points to a child must wait for its lock.
    """
    list(Student.objects.select_for_update().filter(pk__in=children).order_by("pk"))
    kept = queries.kept_back_among(children)
    if not kept:
        return keys
    of_them = queries.model_of(rule)._base_manager.filter(
        pk__in=keys, **{f"{rule.child}__in": kept}
    )
    return keys - set(of_them.values_list("pk", flat=True))


def _empty(rule: Rule, keys: set[int]) -> None:
    model, fields = queries.model_of(rule), queries.fields_of(rule)
    files: set[int] = set()
    for field in fields:
        if field.related_model is Upload:
            held = model._base_manager.filter(pk__in=keys).values_list(field.attname, flat=True)
            files |= {pk for pk in held if pk}
    values = {field.attname: erasing.emptied(field) for field in fields}
    model._base_manager.filter(pk__in=keys).update(**values)
    history = getattr(model, "pgh_event_model", None)
    if history:
        kept = {field.attname for field in history._meta.concrete_fields}
        history._base_manager.filter(pgh_obj_id__in=keys).update(
            **{name: value for name, value in values.items() if name in kept}
        )
    gone: Rows = defaultdict(set)
    _with_files(gone, files, erasing.foreign_keys())


def _delete(model: type[models.Model], keys: set[int]) -> None:
    pointing = erasing.foreign_keys()
    gone = erasing.dependent_rows(model, keys, pointing)
    if gone[ThreadMessage]:
        erasing.add_what_they_said(gone)
    files: set[int] = set()
    for one, found in list(gone.items()):
        for field in one._meta.concrete_fields:
            if field.related_model is Upload and one not in (Upload, UploadContent):
                held = one._base_manager.filter(pk__in=found).values_list(field.attname, flat=True)
                files |= {pk for pk in held if pk}
    gone[Upload], gone[UploadContent] = set(), set()
    _with_files(gone, files, pointing)


def _with_files(gone: Rows, files: set[int], pointing: erasing.ForeignKeys) -> None:
    """Delete these rows, together with the photos and recordings that nothing else uses."""
    for other, field in pointing[Upload]:
        if other is not UploadContent and files:
            rows = other._base_manager.filter(**{f"{field.name}__in": files})
            rest = rows.exclude(pk__in=gone.get(other, set()))
            files = files - set(rest.values_list(field.attname, flat=True))
    gone[Upload] |= files
    contents = UploadContent.objects.filter(upload__in=files)
    gone[UploadContent] |= set(contents.values_list("pk", flat=True))
    erasing.take_out(gone, pointing, {})
