"""Queries for a rollover: years, classes, teachers and children, and what the rollover would do."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import User
from rosters.models import Rollover, RolloverChild, RolloverClass
from rosters.queries import UNDO_HOURS
from schools.actions import class_name
from schools.models import Post, School, SchoolClass, SchoolYear, holds_on
from schools.roles import Role
from students.models import Barrier, Enrolment

ClassKey = tuple[int, int]
Goes, ChildGoes = RolloverClass.Goes, RolloverChild.Goes


def year_to_leave(school: School, on: date) -> SchoolYear | None:
    """Return the latest school year that has begun and has classes."""
    return years_with_classes().filter(school=school, starts_on__lte=on).first()


def years_with_classes() -> QuerySet[SchoolYear]:
    has_classes = SchoolClass.objects.filter(grade__year=OuterRef("pk"))
    return SchoolYear.objects.filter(Exists(has_classes)).order_by("-starts_on")


def year_after(year: SchoolYear) -> SchoolYear | None:
    """Return the next year, if it is in the calendar already."""
    rows = SchoolYear.objects.filter(school=year.school_id, starts_on__gt=year.ends_on)
    return rows.order_by("starts_on").first()


def classes_of(year: SchoolYear) -> list[SchoolClass]:
    rows = SchoolClass.objects.filter(grade__year=year).select_related("grade")
    return list(rows.order_by("grade__number", "number"))


def rollover_of(year: SchoolYear) -> Rollover | None:
    """Return the rollover of that year: the one carried out, otherwise the draft."""
    rows = Rollover.objects.filter(from_year=year).exclude(state=Rollover.State.UNDONE)
    return rows.select_related("school", "from_year", "begun_by", "done_by").first()


def just_done(school: School, at: datetime) -> Rollover | None:
    """Return the rollover that can still be undone, even if its year has begun in the meantime."""
    since = at - timedelta(hours=UNDO_HOURS)
    rows = Rollover.objects.filter(school=school, state=Rollover.State.DONE, done_at__gt=since)
    return rows.order_by("-done_at").first()


def teachers_of(classes: Iterable[SchoolClass], first_on: date) -> dict[int, list[Post]]:
    """Return, by class, its class teachers' posts that still apply on `first_on`, longest in office first.

    A post that was to end earlier is not extended by moving with the class.
    """
    found: dict[int, list[Post]] = {one.pk: [] for one in classes}
    rows = Post.objects.filter(role=Role.CLASS_TEACHER, school_class__in=found)
    rows = rows.filter(Q(ends_on=None) | Q(ends_on__gte=first_on), user__is_active=True)
    for post in rows.select_related("user").order_by("starts_on", "pk"):
        found[post.school_class_id].append(post)  # type: ignore[index]
    return found


def may_teach(school: School, on: date, first_on: date, *, without: User) -> list[User]:
    """Return colleagues who will still work at the school on the first day, by name.

    `without` is the user: nobody gives a class to themselves.
    """
    posts = Post.objects.filter(holds_on(on), school=school).exclude(role=Role.VILLAGE_WORKER)
    here = posts.filter(Q(ends_on=None) | Q(ends_on__gte=first_on))
    people = User.objects.filter(pk__in=here.values("user"), is_active=True)
    return list(people.exclude(pk=without.pk).order_by("name", "pk"))


@dataclass
class ClassPlan:
    """One class of this year, and what becomes of it."""

    row: RolloverClass
    posts: list[Post]  # posts of its class teachers today
    children: int = 0
    exceptions: Counter[str] = field(default_factory=Counter)

    @property
    def grade(self) -> int:
        return self.row.school_class.grade.number

    @property
    def goes_to(self) -> ClassKey | None:
        return (self.grade + 1, self.row.number) if self.row.goes == Goes.UP else None

    @property
    def teachers(self) -> list[User]:
        """Return the teachers of the class that it becomes."""
        if self.row.keeps_teachers:
            return list({post.user_id: post.user for post in self.posts}.values())
        return [self.row.teacher] if self.row.teacher else []


@dataclass
class ChildPlan:
    enrolment: Enrolment
    of: ClassPlan
    goes_to: ClassKey | None
    left_reason: str = ""
    left_to: str = ""
    is_exception: bool = False


@dataclass
class Plan:
    """What a rollover would do.

    `classes_missing` are classes added since the draft, about which nothing is decided.
    """

    rollover: Rollover
    classes: list[ClassPlan]
    children: list[ChildPlan]
    classes_missing: list[str]
    # `lost`: children who were to stay down in a class that is no longer planned. `barred`: (class,
    # teacher) pairs where the file of a child is closed to a new teacher.
    lost: list[ChildPlan]
    barred: list[tuple[str, str]]
    # `gone`: (class, teacher) pairs where the chosen teacher will not work here on the first day.
    gone: list[tuple[str, str]]

    @property
    def keys(self) -> list[ClassKey]:
        """Return the classes of the new year."""
        up = {one.goes_to for one in self.classes if one.goes_to}
        return sorted(up | {child.goes_to for child in self.children if child.goes_to})

    @property
    def sources(self) -> dict[ClassKey, list[ClassPlan]]:
        """Return, by class of the new year, the classes of this year that become it; several may merge."""
        found: dict[ClassKey, list[ClassPlan]] = defaultdict(list)
        for one in self.classes:
            if one.goes_to:
                found[one.goes_to].append(one)
        return dict(found)

    @property
    def teachers(self) -> dict[ClassKey, list[User]]:
        return {key: teachers_of_all(ones) for key, ones in self.sources.items()}

    @property
    def names_twice(self) -> list[tuple[ClassKey, str]]:
        """Return names shared by two children of one new class who are in different classes today."""
        sources: dict[tuple[ClassKey, str], set[int]] = defaultdict(set)
        for child in self.children:
            if child.goes_to:
                at = (child.goes_to, child.enrolment.student.name)
                sources[at].add(child.of.row.school_class_id)
        return sorted(at for at, classes in sources.items() if len(classes) > 1)

    @property
    def exceptions(self) -> list[ChildPlan]:
        return [child for child in self.children if child.is_exception]

    @property
    def is_sound(self) -> bool:
        return not (self.classes_missing or self.lost or self.barred or self.gone)

    @property
    def digest(self) -> str:
        """Return the digest of everything that the preview shows; only that is carried out."""
        said = [
            str(self.rollover.starts_on),
            str(self.rollover.ends_on),
            [
                [one.row.school_class_id, one.goes_to, [user.pk for user in one.teachers]]
                for one in self.classes
            ],
            sorted(
                [c.enrolment.student_id, c.goes_to, c.left_reason, c.left_to] for c in self.children
            ),
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def teachers_of_all(classes: Iterable[ClassPlan]) -> list[User]:
    """Return the teachers of the class that all of these become, each once."""
    return list({user.pk: user for one in classes for user in one.teachers}.values())


def last_day_before(rollover: Rollover) -> date:
    return rollover.starts_on - timedelta(days=1)


def open_enrolments(rollover: Rollover) -> QuerySet[Enrolment]:
    """Return the enrolments of the ending year that go on into the new one.

    They are open, or the child is to leave after the new year has begun: until then it goes up with its
    class.
    """
    rows = Enrolment.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=rollover.starts_on) & ~Q(left_reason=""),
        school=rollover.school_id,
        school_class__grade__year=rollover.from_year_id,
    )
    return rows.select_related("student").order_by("student__name_pinyin", "student_id")


def class_plans(rollover: Rollover) -> list[ClassPlan]:
    said = rollover.classes.select_related("school_class__grade", "teacher")
    rows = list(said.order_by("school_class__grade__number", "school_class__number"))
    posts = teachers_of([row.school_class for row in rows], rollover.starts_on)
    return [ClassPlan(row, posts[row.school_class_id]) for row in rows]


def plan_of(rollover: Rollover, enrolments: Sequence[Enrolment] | None = None) -> Plan:
    """Return the plan; six queries for any number of children.

    Pass `enrolments` if they are locked already.
    """
    everyone = classes_of(rollover.from_year)
    classes = {one.row.school_class_id: one for one in class_plans(rollover)}
    exceptions = {
        row.student_id: row for row in rollover.children.exclude(goes=ChildGoes.WITH_CLASS)
    }
    children = []
    for enrolment in open_enrolments(rollover) if enrolments is None else enrolments:
        of = classes.get(enrolment.school_class_id)
        if of is not None:
            of.children += 1
            said = exceptions.get(enrolment.student_id)
            if said is None:
                reason, left_to = ("", "") if of.goes_to else (of.row.goes, rollover.left_to)
                children.append(ChildPlan(enrolment, of, of.goes_to, reason, left_to))
                continue
            of.exceptions[said.goes] += 1
            key = (of.grade, said.number) if said.number is not None else None
            reason, left_to = said.left_reason, said.left_to
            child = ChildPlan(enrolment, of, key, reason, left_to, is_exception=True)
            children.append(child)
    plan = Plan(
        rollover,
        list(classes.values()),
        # What is on record stays of children who leave and whose class does not go on.
        [child for child in children if child.goes_to or child.enrolment.ends_on is None],
        [one.name for one in everyone if one.pk not in classes],
        [],
        [],
        [],
    )
    stay_in = {of.grade: set(stay_numbers(plan.classes, of.grade)) for of in plan.classes}
    plan.lost = [
        child
        for child in plan.exceptions
        if child.goes_to and child.goes_to[1] not in stay_in[child.of.grade]
    ]
    plan.barred = _barred(plan)
    plan.gone = _gone(plan)
    return plan


def stay_numbers(classes: Iterable[ClassPlan], grade: int) -> list[int]:
    """Return numbers of the classes in which a child of that grade may stay down.

    No class moves up into the lowest grade, so there we return this year's numbers, which the roster of
    the new first grade fills.
    """
    coming = sorted({one.row.number for one in classes if one.goes_to and one.goes_to[0] == grade})
    here = sorted(one.row.school_class.number for one in classes if one.grade == grade)
    return coming or here


def _barred(plan: Plan) -> list[tuple[str, str]]:
    """Return (class, teacher) pairs where a teacher new to a child may not see the child's file."""
    teachers = plan.teachers
    new: dict[tuple[int, int], tuple[str, str]] = {}
    for child in plan.children:
        known = {post.user_id for post in child.of.posts}
        for user in teachers.get(child.goes_to, []) if child.goes_to else []:
            if user.pk not in known and child.goes_to:
                pair = (user.pk, child.enrolment.student_id)
                new[pair] = (class_name(*child.goes_to), user.name)
    if not new:
        return []
    users = {user for user, _student in new}
    rows = Barrier.objects.filter(user__in=users, lifted_at=None, school=plan.rollover.school_id)
    pairs = set(rows.values_list("user_id", "student_id"))
    return sorted({said for pair, said in new.items() if pair in pairs})


def _gone(plan: Plan) -> list[tuple[str, str]]:
    chosen = {
        one.row.teacher.pk: (class_name(*one.goes_to), one.row.teacher.name)
        for one in plan.classes
        if one.goes_to and one.row.teacher and not one.row.keeps_teachers
    }
    if not chosen:
        return []
    here = Post.objects.filter(
        holds_on(plan.rollover.starts_on),
        school=plan.rollover.school_id,
        user__in=chosen,
        user__is_active=True,
    )
    return [chosen[pk] for pk in sorted(set(chosen) - set(here.values_list("user_id", flat=True)))]


def barriers_in(classes: Iterable[SchoolClass]) -> dict[int, set[int]]:
    """Return, by class, ids of the people to whom the file of a child in it is closed."""
    rows = Enrolment.objects.filter(
        school_class__in=[one.pk for one in classes],
        ends_on=None,
        student__barriers__isnull=False,
        student__barriers__lifted_at=None,
    )
    found: dict[int, set[int]] = defaultdict(set)
    for class_id, user_id in rows.values_list("school_class_id", "student__barriers__user_id"):
        found[class_id].add(user_id)
    return found


def may_be_undone(rollover: Rollover, at: datetime) -> bool:
    return rollover.state == Rollover.State.DONE and at < undo_ends_at(rollover)


def undo_ends_at(rollover: Rollover) -> datetime:
    return (rollover.done_at or rollover.begun_at) + timedelta(hours=UNDO_HOURS)


@dataclass(frozen=True)
class Counts:
    children: int
    stays: int
    leaves: int

    @property
    def up(self) -> int:
        return self.children - self.stays - self.leaves


def counts_of(rollover: Rollover) -> Counts:
    """Return the counts of what was carried out."""
    left = Q(writes__0__after__left_reason__isnull=False)
    found = (
        RolloverChild.objects.filter(rollover=rollover)
        .exclude(writes=[])
        .aggregate(
            children=Count("pk"),
            stays=Count("pk", filter=Q(goes=ChildGoes.STAYS)),
            leaves=Count("pk", filter=left),
        )
    )
    return Counts(**found)


def closed_to(
    classes: Iterable[ClassPlan], grade: int, students: Iterable[int]
) -> dict[int, set[int]]:
    """Return, by number of a class, the children whose files are closed to one of its teachers.

    The classes are those of that grade in the coming year.
    """
    teachers: dict[int, set[int]] = defaultdict(set)
    for one in classes:
        if one.goes_to and one.goes_to[0] == grade:
            teachers[one.row.number] |= {user.pk for user in one.teachers}
    rows = Barrier.objects.filter(lifted_at=None, student__in=list(students))
    found: dict[int, set[int]] = defaultdict(set)
    for user_id, student_id in rows.values_list("user_id", "student_id"):
        for number, people in teachers.items():
            if user_id in people:
                found[number].add(student_id)
    return found
