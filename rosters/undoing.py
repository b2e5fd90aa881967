"""Undo a whole import, with what the application has written by itself since.

This covers new children and adults, and families known before (`known_families`). What people have added
since, or what a family has received, prevents it.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pghistory
from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import Exists, OuterRef, ProtectedError, Q
from django.utils import timezone
from pghistory.models import Event

from accounts.models import User
from guardians.models import Guardianship, Migration
from rosters import queries
from rosters.actions import school_lock
from rosters.known_families import SetOff, lock_families
from rosters.models import RosterImport
from rosters.written import (
    ADULT,
    STUDENT,
    UNTOUCHED_DUTY,
    NewRows,
    Writes,
    by_itself,
    new_rows,
    writes_of,
)
from schools.models import SchoolClass
from students.models import Enrolment
from students.roster_actions import facts_of
from visits.models import Duty

# The order in which we delete, from leaves to roots.
SPANS = [
    "students.enrolment",
    "guardians.guardianship",
    "guardians.migration",
    "guardians.contactpoint",
]
# Rows whose foreign key is set to null; they stay.
STAYS = "rosters.rosterresult"


class CannotUndo(Exception):
    def __init__(self, obstacles: "Obstacles"):
        super().__init__("built upon")
        self.obstacles = obstacles


@dataclass
class Obstacles:
    """What prevents undoing an import.

    `edited` names children whose file or family somebody has changed since. `built` counts, by table (its
    label), rows by people and messages that families received, which would not exist without the import.
    `first_message_at` is not an obstacle yet: it is when the first question that follows from the import
    is sent.
    """

    edited: list[str] = field(default_factory=list)
    built: list[tuple[str, int]] = field(default_factory=list)
    is_too_late: bool = False
    first_message_at: datetime | None = None

    def __bool__(self) -> bool:
        return bool(self.edited or self.built or self.is_too_late)


def undo_import(*, roster: RosterImport, by: User, at: datetime) -> None:
    """Restore everything as before. Raises CannotUndo and changes nothing if that is not possible."""
    with school_lock(roster.school_id) as is_mine, transaction.atomic():
        if not is_mine:
            raise CannotUndo(Obstacles(is_too_late=True))
        roster = RosterImport.objects.select_for_update().get(pk=roster.pk)
        if roster.state == RosterImport.State.UNDONE:
            return
        writes = writes_of(roster)
        new = new_rows(writes)
        if not queries.may_be_undone(roster, at):
            raise CannotUndo(Obstacles(is_too_late=True))
        lock_families(writes, new)
        set_off = SetOff(roster, writes, new, at)
        if obstacles := _obstacles(writes, set_off):
            raise CannotUndo(obstacles)
        try:
            with pghistory.context(user=by.pk, roster_undo=roster.pk):
                children = new[STUDENT] | set_off.before.children
                enrolled = Enrolment.objects.filter(student_id__in=children)
                classes = set(enrolled.values_list("school_class_id", flat=True))
                set_off.take_back()
                _take_back(writes, new, set_off.since)
                _forget_meetings(classes, timezone.localdate(at))
        except ProtectedError as error:
            # Somebody added a row between the check and the deletion, or a row depends on one of
            # the application's own.
            held = Counter(row._meta.label_lower for row in error.protected_objects)
            raise CannotUndo(Obstacles(built=list(held.items()))) from error
        # Delete classes that the import created, unless a child, a post or anything else is in
        # them, or somebody has planned the day of their first questions. A day that was taken back
        # is deleted with its class.
        made = SchoolClass.objects.filter(pk__in=roster.made_class_ids)
        for school_class in made.filter(enrolments=None, posts=None, start__starts_on=None):
            with suppress(ProtectedError), transaction.atomic():
                school_class.delete()
        roster.state, roster.undone_at, roster.undone_by = RosterImport.State.UNDONE, at, by
        roster.save(update_fields=["state", "undone_at", "undone_by"])


def _take_back(writes: Writes, new: NewRows, since: datetime) -> None:
    for table in by_itself(since):
        for _label, rows in rows_on(new, only=table):
            rows.delete()
    # Delete new spans before the old ones come back, so that they never overlap.
    for table in SPANS:
        apps.get_model(table)._default_manager.filter(pk__in=new[table]).delete()
    for _name, step in reversed(writes):
        if step["before"] is not None and step["pk"] not in new[step["table"]]:
            rows = apps.get_model(step["table"])._default_manager.filter(pk=step["pk"])
            rows.update(**step["before"])
    for table in (ADULT, STUDENT):
        apps.get_model(table)._default_manager.filter(pk__in=new[table]).delete()


def _forget_meetings(classes: Collection[int], on: date) -> None:
    """Delete meetings that these classes no longer have to hold.

    Nobody who was in the class on a day of the duty's time had a parent away. Meetings that somebody put
    off or held stay.
    """
    away = Migration.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=OuterRef(OuterRef(OuterRef("starts_on")))),
        adult_id=OuterRef("adult_id"),
        is_away=True,
        starts_on__lte=on,
    )
    parents = Guardianship.objects.filter(
        Exists(away), student_id=OuterRef("student_id"), kind=Guardianship.Kind.PARENT
    )
    there = Enrolment.objects.filter(
        Exists(parents),
        Q(ends_on=None) | Q(ends_on__gte=OuterRef("starts_on")),
        school_class_id=OuterRef("school_class_id"),
        starts_on__lte=on,
    )
    Duty.objects.filter(
        UNTOUCHED_DUTY,
        ~Exists(there),
        kind=Duty.Kind.CARERS_MEETING,
        school_class_id__in=classes,
        due_on__gte=on,
    ).delete()


def obstacles_to(roster: RosterImport, at: datetime) -> Obstacles:
    if not queries.may_be_undone(roster, at):
        return Obstacles(is_too_late=True)
    writes = writes_of(roster)
    return _obstacles(writes, SetOff(roster, writes, new_rows(writes), at))


def _obstacles(writes: Writes, set_off: SetOff) -> Obstacles:
    own = by_itself(set_off.since)
    built = set_off.obstacles()
    for table, rows in rows_on(new_rows(writes)):
        if table in own:
            # Excluding the matches keeps rows with unknown values, which count as used by people.
            rows = rows.exclude(pk__in=rows.filter(own[table]).values("pk"))
        built[table] += rows.count()
    return Obstacles(
        edited(writes),
        [(table, count) for table, count in built.items() if count],
        first_message_at=set_off.first_message_at(),
    )


def edited(writes: Writes) -> list[str]:
    """Return the names of children whose rows are no longer as the import left them."""
    expected: dict[tuple[str, int], dict[str, Any]] = defaultdict(dict)
    names: dict[tuple[str, int], str] = {}
    for name, step in writes:
        expected[step["table"], step["pk"]] |= step["after"]
        names.setdefault((step["table"], step["pk"]), name)
    differing = set()
    for table in {table for table, _pk in expected}:
        wanted = {pk: facts for (of, pk), facts in expected.items() if of == table}
        rows = apps.get_model(table)._default_manager.in_bulk(wanted)
        now = {pk: facts_of(row, wanted[pk]) for pk, row in rows.items()}
        # Compare as JSON, because that is how a step stores dates.
        now = {
            pk: json.loads(json.dumps(facts, cls=DjangoJSONEncoder)) for pk, facts in now.items()
        }
        differing |= {names[table, pk] for pk, facts in wanted.items() if now.get(pk) != facts}
    return sorted(differing)


def rows_on(
    new: NewRows, only: str = "", roots: tuple[str, ...] = (STUDENT, ADULT)
) -> Iterator[tuple[str, models.QuerySet[models.Model]]]:
    """Yield (table label, rows) for rows outside the import that refer to a new row of `roots`.

    Any table counts, including those of packages above this one.
    """
    for label in roots:
        if not new[label]:
            continue
        for relation in apps.get_model(label)._meta.get_fields(include_hidden=True):
            is_from_elsewhere = relation.auto_created and not relation.concrete
            model: Any = relation.related_model
            if not is_from_elsewhere or model._meta.auto_created or issubclass(model, Event):
                continue
            table = model._meta.label_lower
            if table != STAYS and only in ("", table):
                rows = model._default_manager.filter(
                    **{f"{relation.remote_field.name}__in": new[label]}
                )
                yield table, rows.exclude(pk__in=new[table])
