"""Undo a rollover within a day.

What the application has written about the new classes since is deleted as well. What people have written
prevents it, and is named.
"""

from collections import defaultdict
from datetime import datetime

import pghistory
from django.db import transaction
from django.db.models import ProtectedError, Q
from django.utils.translation import gettext as _

from accounts.models import User
from rosters.actions import school_lock
from rosters.models import Rollover, RolloverChild
from rosters.rollover import queries
from rosters.undoing import CannotUndo, Obstacles, edited, rows_on
from rosters.written import UNTOUCHED_DUTY, UNTOUCHED_VISIT, Writes, new_rows
from schools.appointing.actions import reopen_post, take_back_post
from schools.models import ClassStart, Grade, Post, SchoolClass, SchoolYear, Term
from students.models import Enrolment, Student
from visits.models import Duty, Visit

CLASS, POST, ENROLMENT, TERM, START = (
    model._meta.label_lower for model in (SchoolClass, Post, Enrolment, Term, ClassStart)
)
State = Rollover.State
# Figures of a class. Nobody wrote them, and they are deleted with it.
COUNTED = ("figures.classweek", "figures.staleclass")


def undo(*, rollover: Rollover, by: User, at: datetime) -> None:
    """Restore everything as before. Raises CannotUndo and changes nothing if that is not possible."""
    history = pghistory.context(user=by.pk, rollover_undo=rollover.pk)
    with school_lock(rollover.school_id) as is_mine, transaction.atomic(), history:
        if not is_mine:
            raise CannotUndo(Obstacles(is_too_late=True))
        locked = Rollover.objects.select_for_update().get(pk=rollover.pk)
        if locked.state == State.UNDONE:
            return
        # What a colleague is saving about one of these children right now must be seen. Locked in the same
        # order as on a page about one child: the child first, then its classes.
        children = RolloverChild.objects.filter(rollover=locked).values("student")
        students = Student.objects.select_for_update().filter(pk__in=children)
        list(students.order_by("pk").values_list("pk"))
        enrolments = Enrolment.objects.select_for_update().filter(student__in=children)
        list(enrolments.order_by("pk").values_list("pk"))
        if obstacles := obstacles_to(locked, at):
            raise CannotUndo(obstacles)
        writes = _writes_of(locked)
        try:
            _take_back(writes, by)
        except ProtectedError as error:
            held: dict[str, int] = defaultdict(int)
            for row in error.protected_objects:
                held[row._meta.label_lower] += 1
            raise CannotUndo(Obstacles(built=list(held.items()))) from error
        locked.state, locked.undone_by, locked.undone_at = State.UNDONE, by, at
        locked.save(update_fields=["state", "undone_by", "undone_at"])


def obstacles_to(rollover: Rollover, at: datetime) -> Obstacles:
    if not queries.may_be_undone(rollover, at):
        return Obstacles(is_too_late=True)
    writes = _writes_of(rollover)
    # What the application writes about a new class by itself, as long as nobody has used it.
    used = Visit.objects.filter(duty__isnull=False).exclude(UNTOUCHED_VISIT)
    unused_duty = UNTOUCHED_DUTY & ~Q(pk__in=used.values("duty"))
    built: dict[str, int] = defaultdict(int)
    for table, rows in rows_on(new_rows(writes), roots=(CLASS,)):
        if table in COUNTED:
            continue
        if table == Duty._meta.label_lower:
            rows = rows.exclude(pk__in=rows.filter(unused_duty).values("pk"))
        if table == START:
            # a day that was taken back is deleted with its class
            rows = rows.exclude(starts_on=None)
        if count := rows.count():
            built[table] += count
    return Obstacles(edited=edited(writes), built=list(built.items()))


def _writes_of(rollover: Rollover) -> Writes:
    children = RolloverChild.objects.filter(rollover=rollover)
    posts = [step["pk"] for step in rollover.writes if step["table"] == POST]
    holders = dict(Post.objects.filter(pk__in=posts).values_list("pk", "user__name"))
    named: Writes = [
        (holders.get(step["pk"]) or _("the new classes and terms"), step)
        for step in rollover.writes
    ]
    return named + [
        (name, step)
        for name, steps in children.values_list("student__name", "writes")
        for step in steps
    ]


def _take_back(writes: Writes, by: User) -> None:
    new = new_rows(writes)
    duties = Duty.objects.filter(school_class__in=new[CLASS])
    Visit.objects.filter(duty__in=duties.values("pk")).delete()
    duties.delete()
    # Delete new spans before the old ones come back, so that they never overlap.
    Enrolment.objects.filter(pk__in=new[ENROLMENT]).delete()
    alike: dict[tuple, list[int]] = defaultdict(list)
    for _name, step in writes:
        if step["table"] == ENROLMENT and step["before"] is not None:
            alike[tuple(step["before"].items())].append(step["pk"])
    for before, pks in alike.items():
        Enrolment.objects.filter(pk__in=pks).update(**dict(before))
    posts = Post.objects.select_related("user").in_bulk(
        [step["pk"] for _name, step in writes if step["table"] == POST]
    )
    for _name, step in writes:
        if step["table"] == POST and step["before"] is not None:
            reopen_post(post=posts[step["pk"]], ends_on=step["before"]["ends_on"], by=by)
        elif step["table"] == POST:
            take_back_post(post=posts[step["pk"]], by=by)
    for model in (SchoolClass, Grade, SchoolYear):
        model._default_manager.filter(pk__in=new[model._meta.label_lower]).delete()
