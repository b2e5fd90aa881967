"""Undo a whole import, where nobody has built on it since."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pghistory
from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from pghistory.models import Event

from accounts.models import User
from rosters import queries
from rosters.actions import school_lock
from rosters.models import RosterImport, RosterResult
from schools.models import SchoolClass
from students.roster_actions import facts_of

STUDENT, ADULT = "students.student", "guardians.adult"
# From leaves to roots: the order in which we delete.
SPANS = [
    "students.enrolment",
    "guardians.guardianship",
    "guardians.migration",
    "guardians.contactpoint",
]
# Rows that the application itself adds for a child, and deletes with it.
OF_ITSELF = {"rosters.rosterresult", "messaging.checkinplan"}
FOLLOW_UP = "messaging.followup"


class CannotUndo(Exception):
    def __init__(self, obstacles: "Obstacles"):
        super().__init__("built upon")
        self.obstacles = obstacles


@dataclass
class Obstacles:
    """`edited` names children whose file or family somebody changed since; `built` counts by table the
    rows that refer to new children and adults.
    """

    edited: list[str] = field(default_factory=list)
    built: list[tuple[str, int]] = field(default_factory=list)
    is_too_late: bool = False

    def __bool__(self) -> bool:
        return bool(self.edited or self.built or self.is_too_late)


Writes = list[tuple[str, dict[str, Any]]]


def undo_import(*, roster: RosterImport, by: User, at: datetime) -> None:
    """Restore what was there before; raise CannotUndo, with nothing changed, where that is not possible."""
    with school_lock(roster.school_id) as is_mine, transaction.atomic():
        if not is_mine:
            raise CannotUndo(Obstacles(is_too_late=True))
        roster = RosterImport.objects.select_for_update().get(pk=roster.pk)
        if roster.state == RosterImport.State.UNDONE:
            return
        if obstacles := obstacles_to(roster, at):
            raise CannotUndo(obstacles)
        writes = _writes_of(roster)
        new = _new_rows(writes)
        with pghistory.context(user=by.pk, roster_undo=roster.pk):
            # Delete new spans before old ones come back, so that no two overlap in between.
            for table in SPANS:
                apps.get_model(table)._default_manager.filter(pk__in=new[table]).delete()
            for _name, step in reversed(writes):
                if step["before"] is not None and step["pk"] not in new[step["table"]]:
                    rows = apps.get_model(step["table"])._default_manager.filter(pk=step["pk"])
                    rows.update(**step["before"])
            for table in (ADULT, STUDENT):
                apps.get_model(table)._default_manager.filter(pk__in=new[table]).delete()
            # Remove the classes that the import made, unless a child or a post is in them.
            made = SchoolClass.objects.filter(pk__in=roster.made_class_ids)
            made.filter(enrolments=None, posts=None).delete()
        roster.state, roster.undone_at, roster.undone_by = RosterImport.State.UNDONE, at, by
        roster.save(update_fields=["state", "undone_at", "undone_by"])


def obstacles_to(roster: RosterImport, at: datetime) -> Obstacles:
    if not queries.may_be_undone(roster, at):
        return Obstacles(is_too_late=True)
    writes = _writes_of(roster)
    # Rows of any table, those of higher floors included, that point at a new child or adult.
    new = _new_rows(writes)
    built = []
    for label in (STUDENT, ADULT):
        for relation in apps.get_model(label)._meta.related_objects:
            count = _foreign_rows(relation, new[label], new).count() if new[label] else 0
            if count:
                built.append((str(relation.related_model._meta.verbose_name_plural), count))
    return Obstacles(edited=_edited(writes), built=built)


def _writes_of(roster: RosterImport) -> Writes:
    results = RosterResult.objects.filter(roster_import=roster)
    return [
        (name, step)
        for name, steps in results.values_list("student_name", "writes")
        for step in steps
    ]


def _new_rows(writes: Writes) -> dict[str, set[int]]:
    new: dict[str, set[int]] = defaultdict(set)
    for _name, step in writes:
        if step["before"] is None:
            new[step["table"]].add(step["pk"])
    return new


def _edited(writes: Writes) -> list[str]:
    """Return the names of children whose rows are no longer as the import left them."""
    expected: dict[tuple[str, int], dict[str, Any]] = defaultdict(dict)
    names: dict[tuple[str, int], str] = {}
    for name, step in writes:
        expected[step["table"], step["pk"]] |= step["after"]
        names.setdefault((step["table"], step["pk"]), name)
    differing = set()
    for table in [*SPANS, ADULT, STUDENT]:
        wanted = {pk: facts for (of, pk), facts in expected.items() if of == table}
        rows = apps.get_model(table)._default_manager.in_bulk(wanted)
        now = {pk: facts_of(row, wanted[pk]) for pk, row in rows.items()}
        # Compare as JSON, which is how a step keeps dates.
        now = {
            pk: json.loads(json.dumps(facts, cls=DjangoJSONEncoder)) for pk, facts in now.items()
        }
        differing |= {names[table, pk] for pk, facts in wanted.items() if now.get(pk) != facts}
    return sorted(differing)


def _foreign_rows(
    relation: Any, pks: set[int], new: dict[str, set[int]]
) -> models.QuerySet[models.Model]:
    model = relation.related_model
    label = model._meta.label_lower
    rows = model._default_manager.filter(**{f"{relation.field.name}__in": pks})
    if label in OF_ITSELF or issubclass(model, Event):
        return rows.none()
    if (
        label == FOLLOW_UP
    ):  # the application opens one for a family without an address; counts once used
        return rows.exclude(done_at=None, put_off_until=None, check_in=None)
    return rows.exclude(pk__in=new[label])
