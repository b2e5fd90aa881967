"""Undo a whole import, with what the application wrote by itself since. What people wrote on top of it, or
what a family has received, stops it.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pghistory
from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import Exists, OuterRef, ProtectedError, Q
from pghistory.models import Event

from accounts.models import User
from delivery.models import OutboxMessage
from messaging.models import LadderStep
from rosters import queries
from rosters.actions import school_lock
from rosters.models import RosterImport, RosterResult
from schools.models import SchoolClass
from students.roster_actions import facts_of
from visits.models import Duty

STUDENT, ADULT = "students.student", "guardians.adult"
# From leaves to roots: the order in which we delete.
SPANS = [
    "students.enrolment",
    "guardians.guardianship",
    "guardians.migration",
    "guardians.contactpoint",
]
# Rows whose foreign key is emptied: they stay.
STAYS = "rosters.rosterresult"


class CannotUndo(Exception):
    def __init__(self, obstacles: "Obstacles"):
        super().__init__("built upon")
        self.obstacles = obstacles


@dataclass
class Obstacles:
    """`edited` names children whose file or family somebody changed since; `built` counts by table (its
    label) the rows of people and of families that refer to new children and adults.
    """

    edited: list[str] = field(default_factory=list)
    built: list[tuple[str, int]] = field(default_factory=list)
    is_too_late: bool = False

    def __bool__(self) -> bool:
        return bool(self.edited or self.built or self.is_too_late)


Writes = list[tuple[str, dict[str, Any]]]


def by_itself() -> dict[str, Q]:
    """What the application writes about a child or an adult by itself, by table, with what must hold so
    that nobody has used it and no family has received it. In the order in which we delete: leaves first.
    """
    outbox = OutboxMessage.objects.filter(kind=OutboxMessage.Kind.CHECK_IN)
    not_asked = ~Exists(outbox.filter(about_id=OuterRef("check_in_id")).exclude(NOT_SENT))
    not_asked_by_it = ~Exists(outbox.filter(about_id=OuterRef("pk")).exclude(NOT_SENT))
    no_step = ~Exists(LadderStep.objects.filter(check_in_id=OuterRef("pk")))
    return {
        "delivery.outboxmessage": NOT_SENT,
        "messaging.followup": Q(done_at=None, put_off_until=None),
        "messaging.checkinline": Q(not_asked, answer=""),
        "messaging.checkin": Q(not_asked_by_it, no_step, answered_at=None),
        "messaging.occasionseen": Q(),
        "messaging.checkinplan": Q(own_every_days=None, paused_until=None),
        "visits.visit": UNTOUCHED_VISIT,
        "visits.duty": UNTOUCHED_DUTY,
        "safeguarding.flag": Q(settled_at=None),
        "guardians.caregap": Q(),
    }


# Nobody tried to send it.
NOT_SENT = Q(attempt_count=0, sending_at=None) & ~Q(state=OutboxMessage.State.CLAIMED)
UNTOUCHED_VISIT = Q(
    planned_on=None,
    goes=None,
    asked_by=None,
    put_off_until=None,
    recorded_at=None,
    called_off_at=None,
)
UNTOUCHED_DUTY = Q(done_on=None, put_off_until=None)


def undo_import(*, roster: RosterImport, by: User, at: datetime) -> None:
    """Restore what was there before; raise CannotUndo, with nothing changed, where that is not possible."""
    with school_lock(roster.school_id) as is_mine, transaction.atomic():
        if not is_mine:
            raise CannotUndo(Obstacles(is_too_late=True))
        roster = RosterImport.objects.select_for_update().get(pk=roster.pk)
        if roster.state == RosterImport.State.UNDONE:
            return
        writes = _writes_of(roster)
        new = _new_rows(writes)
        # No worker takes one of them while we look and delete.
        waiting = OutboxMessage.objects.filter(adult_id__in=new[ADULT]).order_by("pk")
        list(waiting.select_for_update(of=("self",)).values_list("pk"))
        if obstacles := obstacles_to(roster, at):
            raise CannotUndo(obstacles)
        try:
            with pghistory.context(user=by.pk, roster_undo=roster.pk):
                _take_back(writes, new)
        except ProtectedError as error:
            # Somebody's row between looking and deleting, or behind one of the application's own.
            held = Counter(row._meta.label_lower for row in error.protected_objects)
            raise CannotUndo(Obstacles(built=list(held.items()))) from error
        _remove_classes(roster.made_class_ids)
        roster.state, roster.undone_at, roster.undone_by = RosterImport.State.UNDONE, at, by
        roster.save(update_fields=["state", "undone_at", "undone_by"])


def _take_back(writes: Writes, new: dict[str, set[int]]) -> None:
    for table in by_itself():
        for _label, rows in rows_on(new, only=table):
            rows.delete()
    # Delete new spans before old ones come back, so that no two overlap in between.
    for table in SPANS:
        apps.get_model(table)._default_manager.filter(pk__in=new[table]).delete()
    for _name, step in reversed(writes):
        if step["before"] is not None and step["pk"] not in new[step["table"]]:
            rows = apps.get_model(step["table"])._default_manager.filter(pk=step["pk"])
            rows.update(**step["before"])
    for table in (ADULT, STUDENT):
        apps.get_model(table)._default_manager.filter(pk__in=new[table]).delete()


def obstacles_to(roster: RosterImport, at: datetime) -> Obstacles:
    if not queries.may_be_undone(roster, at):
        return Obstacles(is_too_late=True)
    writes = _writes_of(roster)
    own = by_itself()
    built: dict[str, int] = defaultdict(int)
    for table, rows in rows_on(_new_rows(writes)):
        if table in own:
            # Twice negated: a row of which nothing is known counts as people's.
            rows = rows.exclude(pk__in=rows.filter(own[table]).values("pk"))
        if count := rows.count():
            built[table] += count
    return Obstacles(edited=edited(writes), built=list(built.items()))


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
        # Compare as JSON, which is how a step keeps dates.
        now = {
            pk: json.loads(json.dumps(facts, cls=DjangoJSONEncoder)) for pk, facts in now.items()
        }
        differing |= {names[table, pk] for pk, facts in wanted.items() if now.get(pk) != facts}
    return sorted(differing)


def rows_on(
    new: dict[str, set[int]], only: str = "", roots: tuple[str, ...] = (STUDENT, ADULT)
) -> Iterator[tuple[str, models.QuerySet[models.Model]]]:
    """Yield rows of any table, those of higher floors included, that point at a new row of `roots` and are
    not of the import itself, each with the label of its table.
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


def _remove_classes(pks: Collection[int]) -> None:
    """Remove the classes that the import made, unless a child, a post or anything else is in them."""
    for made in SchoolClass.objects.filter(pk__in=pks, enrolments=None, posts=None):
        with suppress(ProtectedError), transaction.atomic():
            Duty.objects.filter(UNTOUCHED_DUTY, school_class=made).delete()
            made.delete()
