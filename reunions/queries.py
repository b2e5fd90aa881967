"""Queries for holidays. Callers pass in children from the policies."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When
from django.db.models.functions import Coalesce

from guardians.models import Adult, Guardianship, Relation
from guardians.queries import (
    approachable,
    approachable_parents_away,
    current_guardianships,
    current_migrations,
    informed_guardianships,
)
from privacy.models import Purpose
from privacy.policies import adults_allowing
from reunions import rules
from reunions.info import province_of
from reunions.models import InfoPage, ReunionPlan, Season, Watch
from schools.models import School
from students.models import Student


def seasons_ahead(school_ids: Collection[int], on: date) -> QuerySet[Season]:
    """Return current and future holidays, the next one first."""
    rows = Season.objects.filter(school_id__in=school_ids, ends_on__gte=on)
    return rows.order_by("starts_on")


def season_in_hand(school: School, on: date) -> Season | None:
    """Return the current holiday, otherwise the next one, otherwise the last."""
    seasons = Season.objects.filter(school=school)
    return (
        seasons.filter(ends_on__gte=on).order_by("starts_on").first()
        or seasons.order_by("-starts_on").first()
    )


def season_for_family(school: School, on: date) -> Season | None:
    """Return the current or next holiday."""
    return Season.objects.filter(school=school, ends_on__gte=on).order_by("starts_on").first()


@dataclass(frozen=True)
class Seat:
    """One parent at the table: who it is, their plan, and whether the reader may see place and days."""

    adult: Adult
    relation: str
    plan: ReunionPlan | None
    is_own: bool
    is_shown: bool
    place: str = ""


def seats(student: Student, season: Season, readers: Collection[Adult], on: date) -> list[Seat]:
    """Return the parents of a child as `readers`, who are records of one person, may see them.

    Leave out parents who are blocked, have died or are not in contact. The other parent's plan is shown
    only if that parent agreed to it.
    """
    own = {adult.pk for adult in readers}
    away = approachable_parents_away(on).filter(student=student)
    # Include the reader even if no place of work is recorded: they may say when they are coming.
    at_home = current_migrations(on).filter(adult_id=OuterRef("adult_id"), is_away=False)
    readers_own = current_guardianships(on).filter(
        ~Exists(at_home),
        approachable(),
        student=student,
        adult__in=own,
        kind=Guardianship.Kind.PARENT,
    )
    parents = Guardianship.objects.filter(
        Q(pk__in=away.values("pk")) | Q(pk__in=readers_own.values("pk"))
    )
    rows = list(parents.select_related("adult").order_by("-relation", "pk"))
    adults = [row.adult_id for row in rows]
    plans = {
        plan.adult_id: plan
        for plan in ReunionPlan.objects.filter(season=season, student=student, adult__in=adults)
    }
    open_ones = set(
        adults_allowing(Purpose.OTHER_PARENT).filter(pk__in=adults).values_list("pk", flat=True)
    )
    shown = own | open_ones
    moves = current_migrations(on).filter(adult__in=shown & set(adults), is_away=True)
    places = dict(moves.values_list("adult_id", "place"))
    return [
        Seat(
            adult=row.adult,
            relation=row.relation,
            plan=plans.get(row.adult_id),
            is_own=row.adult_id in own,
            is_shown=row.adult_id in shown,
            place=places.get(row.adult_id, ""),
        )
        for row in rows
    ]


CARERS_SHOWN, SIBLINGS_SHOWN = 2, 2  # seats; the table has eight


def others_at_table(student: Student, on: date) -> list[str]:
    """Return relations of adults who live at home: carers, and parents recorded as living there."""
    held = current_guardianships(on).filter(approachable(), student=student)
    at_home = current_migrations(on).filter(adult_id=OuterRef("adult_id"), is_away=False)
    parents = held.filter(Exists(at_home), kind=Guardianship.Kind.PARENT)
    carers = held.filter(kind=Guardianship.Kind.CARER).order_by("priority", "pk")
    rows = [*carers[:CARERS_SHOWN], *parents]
    return [str(Relation(row.relation)) for row in rows]


def siblings_at_table(student: Student, readers: Collection[Adult], on: date) -> list[str]:
    """Return given names of other children, only those of the reader."""
    held = informed_guardianships(on).filter(adult__in=readers)
    others = Student.objects.filter(pk__in=held.values("student_id")).exclude(pk=student.pk)
    return [one.given_name for one in others.order_by("born_on", "pk")[:SIBLINGS_SHOWN]]


@dataclass(frozen=True)
class BoardRow:
    student: Student
    plans: list[tuple[Guardianship, ReunionPlan | None]]

    @property
    def is_together(self) -> bool:
        return any(plan and plan.is_together for _held, plan in self.plans)

    @property
    def is_unknown(self) -> bool:
        return all(is_open(plan) for _held, plan in self.plans)


def is_open(plan: ReunionPlan | None) -> bool:
    """Return whether a parent has said nothing yet, or that it is open."""
    return plan is None or plan.travel == ReunionPlan.Travel.OPEN


def board(season: Season, students: QuerySet[Student], on: date) -> list[BoardRow]:
    """Return the children with a parent away, and what each of these parents plans.

    Three queries for any number of children.
    """
    held: dict[int, list[Guardianship]] = defaultdict(list)
    parents = approachable_parents_away(on).filter(student__in=students.values("pk"))
    for row in parents.select_related("adult").order_by("-relation", "pk"):
        held[row.student_id].append(row)
    plans = {
        (plan.student_id, plan.adult_id): plan
        for plan in ReunionPlan.objects.filter(season=season, student_id__in=held)
    }
    return [
        BoardRow(
            student=student,
            plans=[(row, plans.get((student.pk, row.adult_id))) for row in held[student.pk]],
        )
        for student in students
        if student.pk in held
    ]


def nights_until_parent(student: Student, on: date) -> tuple[str, int] | None:
    """Return (relation, nights) for the next parent who comes home, for the pupil pages, if any.

    A parent counts once there is a ticket. If the plan has changed since, the day that the child was told
    still counts (`child_expects_on`).
    """
    away = approachable_parents_away(on).filter(student=student)
    sure = When(has_ticket=True, travel=ReunionPlan.Travel.COMES, then="arrives_on")
    plan = (
        ReunionPlan.objects.filter(student=student, adult__in=away.values("adult_id"), outcome="")
        .annotate(expected_on=Coalesce("child_expects_on", Case(sure)))
        .filter(expected_on__gt=on)
        .order_by("expected_on", "pk")
        .first()
    )
    if plan is None:
        return None
    row = away.filter(adult_id=plan.adult_id).first()
    return (row.relation, rules.nights_until(plan.expected_on, on)) if row else None


def worrying_watches() -> QuerySet[Watch]:
    """Return checks in which staff recorded that the child is not well."""
    return Watch.objects.filter(seen=Watch.Seen.WORRYING, done_at__isnull=False)


def home_province(adult: Adult, on: date) -> str:
    """Return the code of the province in which an adult works; empty if unknown."""
    place = current_migrations(on).filter(adult=adult, is_away=True).values_list("place", flat=True)
    return province_of(place.first() or "")


def info_pages(school: School, topic: str) -> dict[str, InfoPage]:
    return {page.province: page for page in InfoPage.objects.filter(school=school, topic=topic)}
