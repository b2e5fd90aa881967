"""Change a rollover. Carrying it out is one transaction under the school's advisory lock."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date, datetime

import pghistory
from django.db import transaction

from accounts.models import User
from core.clock import local_date
from rosters.actions import school_lock
from rosters.models import Rollover, RolloverChild, RolloverClass
from rosters.rollover import queries
from rosters.rollover.queries import ClassKey, Plan
from schools.actions import add_class
from schools.appointing.actions import end_post, give_post
from schools.models import Grade, Post, School, SchoolClass, SchoolYear, Term, holds_on
from schools.roles import Role
from schools.years.actions import open_year
from students.models import Student
from students.roster_actions import Step, YearMove, created, facts_of, write_year

State = Rollover.State


class NotCarriedOut(Exception):
    """Nothing has changed.

    The plan no longer matches what was shown, an import is running, or the user would give a class to
    themselves.
    """

    def __init__(self, *, is_busy: bool, is_own: bool):
        super().__init__("not carried out")
        self.is_busy, self.is_own = is_busy, is_own


@transaction.atomic
def keep_draft(
    *,
    year: SchoolYear,
    starts_on: date,
    ends_on: date,
    left_to: str,
    classes: Collection[RolloverClass],
    by: User,
    at: datetime,
) -> Rollover:
    """Save the days and what becomes of each class. Decisions about single children stay."""
    SchoolYear.objects.select_for_update().get(pk=year.pk)
    rollover = queries.rollover_of(year) or Rollover(
        school_id=year.school_id, from_year=year, begun_by=by, begun_at=at
    )
    if rollover.pk:  # a colleague may be carrying it out; after waiting for the lock, it is done
        Rollover.objects.select_for_update().get(pk=rollover.pk)
        rollover.refresh_from_db()
    if rollover.state != State.DRAFT:
        return rollover
    rollover.starts_on, rollover.ends_on, rollover.left_to = starts_on, ends_on, left_to
    rollover.save()
    rollover.classes.all().delete()
    for row in classes:
        row.rollover = rollover
    RolloverClass.objects.bulk_create(classes)
    return rollover


@transaction.atomic
def keep_children(
    *, rollover: Rollover, student_ids: Collection[int], rows: Collection[RolloverChild], by: User
) -> None:
    """Save what is decided for these children of one class. Children not in `rows` move with the class."""
    locked = Rollover.objects.select_for_update().get(pk=rollover.pk)
    if locked.state == State.DRAFT:
        locked.children.filter(student__in=student_ids).delete()
        RolloverChild.objects.bulk_create(rows)


@transaction.atomic
def discard(*, rollover: Rollover, by: User) -> bool:
    """Delete a draft. A rollover that was carried out stays on record."""
    Rollover.objects.select_for_update().filter(pk=rollover.pk).first()
    return bool(Rollover.objects.filter(pk=rollover.pk, state=State.DRAFT).delete()[0])


def carry_out(*, rollover: Rollover, seen: str, by: User, at: datetime) -> None:
    """Do what the page showed, or raise NotCarriedOut. `seen` is the Plan.digest of that page.

    Calling it again changes nothing.
    """
    history = pghistory.context(user=by.pk, rollover=rollover.pk)
    with school_lock(rollover.school_id) as is_mine, transaction.atomic(), history:
        rows = Rollover.objects.select_for_update(of=("self",)).select_related("from_year")
        locked = rows.get(pk=rollover.pk)
        if locked.state != State.DRAFT:
            return
        # Lock in the same order as a page about one child: the child first, then its classes.
        here = queries.open_enrolments(locked).order_by().values("student")
        list(Student.objects.select_for_update().filter(pk__in=here).order_by("pk").values("pk"))
        enrolments = list(queries.open_enrolments(locked).select_for_update(of=("self",)))
        plan = queries.plan_of(locked, enrolments)
        is_own = any(by == one.row.teacher for one in plan.classes if not one.row.keeps_teachers)
        # A year with different days may have been added to the calendar since.
        first, last = locked.starts_on, locked.ends_on
        years = SchoolYear.objects.filter(school=locked.school_id)
        there = years.filter(starts_on__lte=last, ends_on__gte=first)
        meets_other = there.exclude(starts_on=first, ends_on=last).exists()
        is_as_shown = plan.is_sound and plan.digest == seen and not meets_other
        if not is_mine or is_own or not is_as_shown:
            raise NotCarriedOut(is_busy=not is_mine, is_own=is_own)
        # Create the year with its terms, or use one that is already in the calendar.
        school = School.objects.get(pk=locked.school_id)
        year, steps = SchoolYear.objects.filter(school=school, starts_on=first).first(), []
        if year is None:
            year = open_year(school=school, starts_on=first, ends_on=last)
            steps = [created(year), *map(created, Term.objects.filter(year=year))]
        classes, class_steps = _classes(year, plan.keys)
        steps += class_steps + _teachers(plan, classes, by, local_date(at))
        _children(plan, classes)
        locked.writes = [asdict(step) for step in steps]
        locked.state, locked.done_by, locked.done_at = State.DONE, by, at
        locked.save()


def _classes(
    year: SchoolYear, keys: Sequence[ClassKey]
) -> tuple[dict[ClassKey, SchoolClass], list[Step]]:
    grades = set(Grade.objects.filter(year=year).values_list("number", flat=True))
    there = {(one.grade.number, one.number) for one in queries.classes_of(year)}
    found, steps = {}, []
    for key in keys:
        made = add_class(school=year.school, year=year, grade=key[0], number=key[1])
        if key[0] not in grades:
            grades.add(key[0])
            steps.append(created(made.grade))
        if key not in there:
            steps.append(created(made))
        found[key] = made
    return found, steps


def _teachers(
    plan: Plan, classes: dict[ClassKey, SchoolClass], by: User, today: date
) -> list[Step]:
    """Give posts for the new classes from their first day, and end the old ones.

    Somebody who would be left without any post keeps the old one, so that nobody is locked out over the
    summer.
    """
    first_on, last_on = plan.rollover.starts_on, queries.last_day_before(plan.rollover)
    steps = []
    held = [post for one in plan.classes for post in one.posts]
    told_first = {post.user_id for post in held if post.is_duty}
    for key, ones in plan.sources.items():
        until = {post.user_id: post.ends_on for one in ones for post in one.posts if post.ends_on}
        for user in queries.teachers_of_all(ones):
            post = give_post(
                user=user,
                role=Role.CLASS_TEACHER,
                starts_on=first_on,
                today=today,
                by=by,
                school=plan.rollover.school,
                school_class=classes[key],
                is_duty=user.pk in told_first,
                ends_on=until.get(user.pk),
            )
            steps.append(created(post))
    theirs = Post.objects.filter(holds_on(first_on), school=plan.rollover.school_id)
    others = theirs.exclude(pk__in=[post.pk for post in held]).values_list("user_id", flat=True)
    stays = set(others)
    for post in held:
        if post.user_id in stays and (post.ends_on is None or post.ends_on > last_on):
            ends_on = max(last_on, post.starts_on)
            before = facts_of(post, ["ends_on"])
            end_post(post=post, ends_on=ends_on, by=by)
            steps.append(Step(post._meta.label_lower, post.pk, before, {"ends_on": ends_on}))
    return steps


def _children(plan: Plan, classes: dict[ClassKey, SchoolClass]) -> None:
    moves = {
        child.enrolment.student_id: YearMove(
            classes[child.goes_to].pk if child.goes_to else None, child.left_reason, child.left_to
        )
        for child in plan.children
    }
    rows = [child.enrolment for child in plan.children]
    steps = write_year(rows=rows, moves=moves, starts_on=plan.rollover.starts_on)
    said = {row.student_id: row for row in plan.rollover.children.all()}
    fresh = []
    for student_id, written in steps.items():
        row = said.get(student_id)
        if row is None:
            row = RolloverChild(
                rollover=plan.rollover, student_id=student_id, goes=RolloverChild.Goes.WITH_CLASS
            )
            fresh.append(row)
        row.writes = [asdict(step) for step in written]
    RolloverChild.objects.bulk_create(fresh)
    RolloverChild.objects.bulk_update(
        [row for row in said.values() if row.writes], ["writes"], batch_size=500
    )
