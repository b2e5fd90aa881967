"""Queries for visits, calls and duties. Callers pass in rows from the policies."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from core.names import with_relation
from core.phones import readable
from core.prepared import Question, prepared
from guardians.models import Adult, Guardianship
from guardians.presenters import called
from guardians.queries import (
    approachable,
    current_guardianships,
    is_away_now,
    parents_away,
    usable_contact_points,
)
from schools.models import School, SchoolClass, Term, holds_on
from schools.queries import classes_on, term_on
from schools.roles import Permission, roles_with
from students.models import Enrolment, Student
from students.policies import students_visible_to
from students.queries import in_special_care, with_class
from visits.models import ALARMING, MET, Agreement, CallLog, Duty, Visit
from visits.rules import home_key, meeting_key, month_of

DONE_SHOWN_DAYS = 14  # days for which recent visits stay on the page


@dataclass(frozen=True)
class Person:
    """An adult around a child, with what a visitor or caller needs to know."""

    adult_id: int
    called: str
    name: str
    kind: str
    is_parent: bool
    is_away: bool
    address: str
    adult: Adult = field(repr=False, compare=False)

    @property
    def named(self) -> str:
        return with_relation(self.called, self.name)

    @property
    def phone(self) -> str:
        return readable(self.address) if self.address else ""

    @property
    def cares(self) -> bool:
        return self.kind in Guardianship.CARING


def people_around(student_ids: Collection[int], on: date) -> dict[int, list[Person]]:
    """Return the adults around each child; one query for any number of children.

    Carers come first, then guardians, then parents. Leave out adults who are blocked, have died, are in
    prison or missing, or are not in contact.
    """
    found: dict[int, dict[int, Person]] = {}
    order = [Guardianship.Kind.CARER, Guardianship.Kind.GUARDIAN, Guardianship.Kind.PARENT]
    rank = {kind.value: place for place, kind in enumerate(order)}
    rows = _around(student_ids=student_ids, on=on)
    for row in sorted(rows, key=lambda row: rank.get(row.kind, len(order))):
        found.setdefault(row.student_id, {}).setdefault(
            row.adult_id,
            Person(
                adult_id=row.adult_id,
                called=called(row),
                name=row.adult.name,
                kind=row.kind,
                is_parent=row.kind == Guardianship.Kind.PARENT,
                is_away=row.is_away,
                address=row.phone or "",
                adult=row.adult,
            ),
        )
    return {child: list(people.values()) for child, people in found.items()}


@prepared
def _around(*, student_ids, on) -> QuerySet[Guardianship]:
    phones = usable_contact_points().filter(adult_id=OuterRef("adult_id"), kind="phone")
    return (
        current_guardianships(on)
        .filter(approachable(), student_id__in=student_ids)
        .select_related("adult")
        .annotate(is_away=is_away_now(on, "adult_id"), phone=Subquery(phones.values("address")[:1]))
        .order_by("priority", "pk")
    )


def at_home(people: Sequence[Person]) -> list[Person]:
    """Return the adults at home: the carers, or if none is recorded, everyone who is not away."""
    carers = [one for one in people if one.cares]
    return carers or [one for one in people if not one.is_away]


def still_to_go(visits: QuerySet[Visit], on: date) -> QuerySet[Visit]:
    """Return open visits for children who are in a class today, with the id of that class.

    The class is looked up for each visit, because with EXISTS PostgreSQL may start from all enrolments.
    """
    rows = visits.filter(recorded_at=None, called_off_at=None)
    classes = _classes_of_visits(on).values("school_class_id")[:1]
    return rows.annotate(class_id=Subquery(classes)).filter(class_id__isnull=False)


def _classes_of_visits(on: date) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(holds_on(on), student_id=OuterRef("student_id"))


def open_visits(visits: QuerySet[Visit], on: date) -> QuerySet[Visit]:
    """Return the rows of `still_to_go` with related names, and the outcome of the last visit."""
    tries = Visit.objects.filter(
        student_id=OuterRef("student_id"), recorded_at__isnull=False
    ).order_by("-visited_on", "-pk")
    return (
        still_to_go(visits, on)
        .select_related("student", "goes", "school", "duty")
        .annotate(
            class_name=Subquery(_classes_of_visits(on).values("school_class__name")[:1]),
            last_outcome=Subquery(tries.values("outcome")[:1]),
            last_visited_on=Subquery(tries.values("visited_on")[:1]),
        )
    )


def walk_of(visits: QuerySet[Visit], on: date, day: date, village: str) -> list[Visit]:
    """Return the visits of one day in one village, in walking order."""
    rows = open_visits(visits, on).filter(planned_on=day, student__village=village)
    return list(rows.order_by("place_in_walk", "pk"))


def lately_made(visits: QuerySet[Visit], on: date) -> QuerySet[Visit]:
    since = on - timedelta(days=DONE_SHOWN_DAYS)
    return (
        visits.filter(recorded_at__isnull=False, visited_on__gte=since)
        .select_related("student", "recorded_by")
        .order_by("-visited_on", "-pk")
    )


def next_visit(student: Student) -> Visit | None:
    """Return the child's next visit, by the planned day or else the due date."""
    rows = Visit.objects.filter(student=student, recorded_at=None, called_off_at=None)
    return (
        rows.select_related("goes")
        .annotate(comes_on=Coalesce("planned_on", "due_on"))
        .order_by("comes_on", "pk")
        .first()
    )


def agreed_last(student_ids: Collection[int]) -> dict[int, list[Agreement]]:
    """Return, by child, the agreements of the latest visit that had any; one query."""
    rows = (
        Agreement.objects.filter(student_id__in=student_ids)
        .select_related("visit")
        .order_by("student_id", "-visit__visited_on", "-visit_id", "pk")
    )
    found: dict[int, list[Agreement]] = {}
    for row in rows:
        known = found.setdefault(row.student_id, [])
        if not known or known[0].visit_id == row.visit_id:
            known.append(row)
    return found


def visits_of(student: Student) -> QuerySet[Visit]:
    """Return recorded visits, latest first."""
    rows = Visit.objects.filter(student=student, recorded_at__isnull=False)
    return rows.order_by("-visited_on", "-pk")


def colleagues(school: School, on: date) -> list:
    """Return staff who make visits at the school, by name."""
    held = school.posts.filter(
        holds_on(on), role__in=roles_with(Permission.RECORD_VISITS), user__is_active=True
    ).select_related("user")
    return sorted({post.user for post in held}, key=lambda user: (user.name, user.pk))


def villages_with_worker(school: School, on: date) -> set[str]:
    held = school.posts.filter(holds_on(on), role__in=roles_with(Permission.VILLAGE_VISITS))
    return set(held.exclude(village="").values_list("village", flat=True))


def calls_due(students: QuerySet[Student], on: date) -> QuerySet[Duty]:
    """Return this month's open calls to parents, with the class and the last attempt."""
    tries = CallLog.objects.filter(student_id=OuterRef("student_id")).exclude(outcome="")
    enrolled = Enrolment.objects.filter(holds_on(on), student_id=OuterRef("student_id"))
    return (
        Duty.objects.filter(
            kind=Duty.Kind.PARENT_CALL,
            starts_on__lte=on,
            due_on__gte=on,
            done_on=None,
            student__in=students.filter(pk__in=parents_away(on).values("student_id")),
        )
        .select_related("student")
        .annotate(
            **{  # declared in Duty
                "class_name": Subquery(enrolled.values("school_class__name")[:1]),
                "last_outcome": Subquery(tries.order_by("-started_at").values("outcome")[:1]),
                "last_at": Subquery(tries.order_by("-started_at").values("started_at")[:1]),
            }
        )
        .order_by("student__name_pinyin", "student_id")
    )


def calls_not_ended(calls: QuerySet[CallLog], user) -> QuerySet[CallLog]:
    """Return calls that `user` began and that have no outcome yet."""
    rows = calls.filter(called_by=user, outcome="")
    return rows.select_related("student", "adult").order_by("started_at")


@dataclass
class ClassProgress:
    """The progress of one class. It names no teacher."""

    class_id: int
    name: str
    visited: int = 0
    to_visit: int = 0
    visits_overdue: int = 0
    called: int = 0
    to_call: int = 0
    met_on: date | None = None
    has_meeting: bool = False
    not_visited: list[Student] = field(default_factory=list)
    not_called: list[Student] = field(default_factory=list)


@dataclass(frozen=True)
class Progress:
    """A school's term: figures for each class, in the order of the classes, and for the whole school."""

    term: Term
    classes: list[ClassProgress]

    def total(self, name: str) -> int:
        return sum(getattr(row, name) for row in self.classes)

    @property
    def meetings_held(self) -> int:
        return sum(row.met_on is not None for row in self.classes)

    @property
    def meetings(self) -> int:
        return sum(row.has_meeting for row in self.classes)


def progress_of(
    school: School,
    classes: QuerySet[SchoolClass],
    on: date,
    names_of: Collection[int] = (),
    without: Collection[int] = (),
) -> Progress | None:
    """Return the progress of the term; None between terms. Leave out the children in `without`.

    For the classes in `names_of` we list the remaining children by name.
    """
    term = term_on(school, on)
    if term is None:
        return None
    shown = classes_on(school, on).filter(pk__in=classes.values("pk"))
    rows = {row.pk: ClassProgress(row.pk, row.name) for row in shown}
    applying: Any = _of_this_term(school, on, term).exclude(student_id__in=without)
    counted = (
        applying.order_by()
        .values("school_class_id", "kind", "done_on", "due_on")
        .annotate(n=Count("pk"))
    )
    for duty in counted:
        if duty["school_class_id"] in rows:
            _count(rows[duty["school_class_id"]], duty, on)
    if names_of:
        left = (
            applying.filter(school_class_id__in=names_of, done_on=None, student__isnull=False)
            .select_related("student")
            .order_by("student__name_pinyin", "student_id")
        )
        for open_duty in left:
            if open_duty.school_class_id in rows and open_duty.student:
                row = rows[open_duty.school_class_id]
                is_visit = open_duty.kind == Duty.Kind.HOME_VISIT
                (row.not_visited if is_visit else row.not_called).append(open_duty.student)
    return Progress(term, [row for row in rows.values() if row.to_visit or row.has_meeting])


def _of_this_term(school: School, on: date, term: Term) -> QuerySet[Duty]:
    """Return duties that still apply.

    These are duties already done, duties about a child in a class with a parent away, and home visits to
    children in special care.
    """
    return Duty.objects.filter(
        Q(key__startswith=home_key(term.pk))
        | Q(kind=Duty.Kind.PARENT_CALL, due_on=month_of(on)[1])
        | Q(key__startswith=meeting_key(term.pk)),
        Q(student=None) | Q(done_on__isnull=False) | _is_still_due(on),
        school=school,
    )


def _is_still_due(on: date) -> Q:
    """Match duties about a child in a class with a parent away, and visits to children in special care."""
    # Nested in the other query and tied to the duty's child: next to an OR, PostgreSQL would answer
    # a simpler EXISTS for all children of the county first.
    enrolled = Enrolment.objects.filter(holds_on(on), student_id=OuterRef(OuterRef("student_id")))
    still = Exists(parents_away(on).filter(Exists(enrolled), student_id=OuterRef("student_id")))
    in_care = Student.objects.filter(in_special_care(), Exists(enrolled), pk=OuterRef("student_id"))
    return Q(still) | Q(Exists(in_care), kind=Duty.Kind.HOME_VISIT)


def visits_overdue(
    school: School, on: date, without: Collection[int] = ()
) -> tuple[int, date | None]:
    """Return how many of the term's home visits are overdue, as `progress_of` counts them, and when the first
    was due; leave out the children in `without`.
    """
    term = term_on(school, on)
    if term is None:
        return 0, None
    found = _visits_overdue(**_of_term(school, on, term, without))
    return found[0] if found else (0, None)


def overdue_questions(school: School, on: date, without: Collection[int] = ()) -> list[Question]:
    """Return the query that `visits_overdue` makes, once the term has been read."""
    term = term_on(school, on)
    return [_visits_overdue.question(**_of_term(school, on, term, without))] if term else []


def _of_term(school: School, on: date, term: Term, without: Collection[int]) -> dict[str, Any]:
    return {"school_id": school.pk, "since": term.starts_on, "on": on, "without": list(without)}


@prepared
def _visits_overdue(*, school_id, since, on, without) -> QuerySet[Any]:
    still = _is_still_due(on)
    rows = Duty.objects.filter(
        still, school_id=school_id, kind=Duty.Kind.HOME_VISIT, starts_on__gte=since, due_on__lt=on
    )
    rows = rows.filter(done_on=None).exclude(student_id__in=without)
    counted = rows.order_by().values("school_id").annotate(n=Count("pk"), first=Min("due_on"))
    return counted.values_list("n", "first")


def _count(row: ClassProgress, duty: dict, on: date) -> None:
    is_done = duty["done_on"] is not None and duty["done_on"] <= on
    if duty["kind"] == Duty.Kind.HOME_VISIT:
        row.to_visit += duty["n"]
        row.visited += duty["n"] if is_done else 0
        row.visits_overdue += duty["n"] if not is_done and duty["due_on"] < on else 0
    elif duty["kind"] == Duty.Kind.PARENT_CALL:
        row.to_call += duty["n"]
        row.called += duty["n"] if is_done else 0
    else:
        row.has_meeting, row.met_on = True, duty["done_on"]


@dataclass(frozen=True)
class CareOverview:
    """Children in special care, ordered by class and name.

    Each has `class_name`, and `visited_on` for this term.
    """

    children: list[Student]
    on: date
    is_term: bool

    @property
    def without_plan(self) -> int:
        return sum(not child.care_plan for child in self.children)

    @property
    def due(self) -> int:
        return sum(is_plan_due(child, self.on) for child in self.children)

    @property
    def not_visited(self) -> int:
        return sum(not child.visited_on for child in self.children) if self.is_term else 0  # type: ignore[attr-defined]  # annotated


def is_plan_due(child: Student, on: date) -> bool:
    return bool(child.care_plan and child.care_plan_review_on and child.care_plan_review_on <= on)


def care_overview(user: User, school: School, on: date) -> CareOverview:
    """Return the children in special care at the school whom `user` may see."""
    term = term_on(school, on)
    since, until = (term.starts_on, term.ends_on) if term else (date.min, date.max)
    keys = _with_grounds(school_id=school.pk)
    children = (
        _in_care(user=user, student_ids=keys, on=on, since=since, until=until) if keys else []
    )
    return CareOverview(children, on, term is not None)


def care_question(school: School) -> Question:
    """Return the prepared query that `care_overview` runs first, for `ask_together`."""
    return _with_grounds.question(school_id=school.pk)


@prepared
def _with_grounds(*, school_id) -> QuerySet[Any]:
    rows = Student.objects.filter(in_special_care(), school_id=school_id).order_by()
    return rows.values_list("pk", flat=True)


@prepared
def _in_care(*, user, student_ids, on, since, until) -> QuerySet[Student]:
    """Take the children's ids, because with only a school PostgreSQL would start from all past enrolments."""
    visited = Duty.objects.filter(
        student_id=OuterRef("pk"),
        kind=Duty.Kind.HOME_VISIT,
        done_on__isnull=False,
        starts_on__gte=since,
        due_on__lte=until,
    )
    children = students_visible_to(user, on).filter(pk__in=student_ids)
    rows = with_class(children, on).annotate(visited_on=Subquery(visited.values("done_on")[:1]))
    return rows.order_by(
        "enrolments__school_class__grade__number",
        "enrolments__school_class__name",
        "name_pinyin",
    )


def alarming_visits() -> QuerySet[Visit]:
    """Return visits with an alarming fact, which need attention at once."""
    return Visit.objects.filter(facts__overlap=ALARMING, recorded_at__isnull=False)


def was_met(visit: Visit) -> bool:
    return visit.outcome in MET


def carers_of_class(school_class: SchoolClass, on: date) -> list[Guardianship]:
    """Return the adults who may come to the class's meeting, each once, ordered by the child's name."""
    children = Enrolment.objects.filter(holds_on(on), school_class=school_class)
    rows = (
        current_guardianships(on)
        .filter(
            approachable(),
            student_id__in=children.values("student_id"),
            kind__in=Guardianship.RAISING,
        )
        .select_related("adult", "student")
        .order_by("student__name_pinyin", "student_id", "priority", "pk")
    )
    once: dict[int, Guardianship] = {}
    for row in rows:
        once.setdefault(row.adult_id, row)
    return list(once.values())
