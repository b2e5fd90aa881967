"""Reads about families. Querysets, so that callers add their own joins without more queries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import JSONObject

from core.prepared import Question, own_fields, prepared
from guardians.models import Adult, Contact, ContactPoint, Guardianship, Migration
from schools.models import holds_on, holds_on_sql
from students.models import Student

# -- which of a child's adults: each rule of choosing them, asked by every room ----------------------


def approachable(adult: str = "adult__") -> Q:
    """Match rows whose adult may be named to the child and spoken with: not blocked, and neither dead, in
    prison, missing nor out of contact. `adult` leads from the row to the adult ("" for adults themselves).
    """
    return Q(**{f"{adult}blocked_at": None, f"{adult}condition": Adult.Condition.IN_TOUCH})


def may_be_written_to(adult: str = "adult__") -> Q:
    """Match rows whose adult is approachable, and to whom the school has a ground to write (PIPL Art. 13).
    Adults who want no messages are among them: staff may still answer these by hand.
    """
    return approachable(adult) & ~Q(**{f"{adult}legal_basis": Adult.LegalBasis.NONE})


def may_be_asked(adult: str = "adult__") -> Q:
    """Match rows whose adult may be written to and wants messages: who may get one by itself."""
    return may_be_written_to(adult) & Q(**{f"{adult}opted_out_at": None})


def current_guardianships(on: date) -> QuerySet[Guardianship]:
    return Guardianship.objects.filter(holds_on(on))


def current_guardianship_sql(adult: str, of: str) -> str:
    """SQL: whether the adult of key `adult` (a column) has a guardianship that day that meets `of`, a
    condition on g, the guardianship. The day is given as `on`.
    """
    return f"""EXISTS (SELECT FROM guardians_guardianship g
        WHERE g.adult_id = {adult} AND {holds_on_sql("g")} AND {of})"""


def informed_guardianships(on: date) -> QuerySet[Guardianship]:
    """Guardianships of that day whose adult may see how the child is: whose page and news they get."""
    return current_guardianships(on).filter(may_see_file=True)


def ties_of_row(on: date) -> QuerySet[Guardianship]:
    """For Exists(): the guardianships of that day between the `adult` and the `student` of a row."""
    return current_guardianships(on).filter(
        adult_id=OuterRef("adult_id"), student_id=OuterRef("student_id")
    )


def is_informed(on: date) -> Exists:
    """Whether the `adult` of a row may see that day how its `student` is."""
    return Exists(ties_of_row(on).filter(may_see_file=True))


def last_ties(pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], Guardianship]:
    """(child, adult) → what the adult is to the child, with `adult`: the latest tie, also one that has ended.

    Other pairs of these children and adults may be among the keys. One query, none for no pair.
    """
    if not pairs:
        return {}
    children, adults = zip(*pairs, strict=True)
    rows = _ties_ever(student_ids=set(children), adult_ids=set(adults))
    return {(row.student_id, row.adult_id): row for row in rows}


@prepared
def _ties_ever(*, student_ids, adult_ids) -> QuerySet[Guardianship]:
    rows = Guardianship.objects.filter(student_id__in=student_ids, adult_id__in=adult_ids)
    return rows.select_related("adult").order_by("starts_on", "pk")


def current_migrations(on: date) -> QuerySet[Migration]:
    return Migration.objects.filter(holds_on(on))


def parents_of_unknown_place(on: date) -> QuerySet[Guardianship]:
    """Parents in touch of whom nobody has recorded whether they live at home."""
    known = current_migrations(on).filter(adult_id=OuterRef("adult_id"))
    # Asked of each tie before anything is joined to it: of nearly all parents the place is known. The day
    # stands inside: beside a dear look-up PostgreSQL would gather all ties of the county that have begun.
    is_unknown = Case(When(holds_on(on), then=~Exists(known)), default=False)
    return Guardianship.objects.filter(is_unknown, approachable(), kind=Guardianship.Kind.PARENT)


def parents_away(on: date) -> QuerySet[Guardianship]:
    """Guardianships of parents who live away today and may be asked about.

    Whoever has died, is in prison, missing or not in contact is not among them; blocked parents
    and those who opted out are: the child still has a parent away, though that one is not asked.
    """
    away = current_migrations(on).filter(adult_id=OuterRef("adult_id"), is_away=True)
    return current_guardianships(on).filter(
        Exists(away),
        kind=Guardianship.Kind.PARENT,
        adult__condition=Adult.Condition.IN_TOUCH,
    )


def approachable_parents_away(on: date) -> QuerySet[Guardianship]:
    """Parents away without the blocked: with whom the child may talk, and whose journey may be named."""
    return parents_away(on).filter(adult__blocked_at=None)


def is_at_home(held: Guardianship, on: date) -> bool:
    """Whether this adult is the side at home: who cares, or a parent known to live with the child."""
    if held.kind != Guardianship.Kind.PARENT:
        return held.kind in Guardianship.CARING
    return current_migrations(on).filter(adult=held.adult_id, is_away=False).exists()


def askable_parents(on: date) -> QuerySet[Guardianship]:
    """Parents away who may receive a check-in (see docs/glossary.md, "askable")."""
    return parents_away(on).filter(may_be_asked())


def askable_family(on: date) -> QuerySet[Guardianship]:
    """Who of a family may receive a question: parents, away or at home, guardians and carers, annotated
    with `is_parent_away` and `works` (a way to them).
    """
    away = is_away_now(on, "adult_id")
    rows = current_guardianships(on).filter(may_be_asked(), kind__in=Guardianship.RAISING)
    return rows.annotate(
        is_parent_away=ExpressionWrapper(
            Q(kind=Guardianship.Kind.PARENT) & away, output_field=BooleanField()
        ),
        works=has_usable_way("adult_id"),
    )


def with_parent_away(on: date) -> QuerySet[Student]:
    return Student.objects.filter(pk__in=parents_away(on).values("student_id"))


def addresses_of_blocked(school_id_ref: str) -> QuerySet[ContactPoint]:
    """Contact points of blocked adults of the same school, for use inside Exists(). Whoever is blocked
    at one school is blocked at every school that their account joins.
    """
    is_blocked = Q(adult__blocked_at__isnull=False) | Q(
        adult__user__adults__blocked_at__isnull=False
    )
    rows = ContactPoint.objects.filter(is_blocked, school_id=OuterRef(school_id_ref))
    return rows.exclude(address="")


def is_address_of_blocked() -> Exists:
    """Whether a blocked adult of the same school has the `address` of the row, too."""
    return Exists(addresses_of_blocked("school_id").filter(address=OuterRef("address")))


def _stands(number: QuerySet[ContactPoint]) -> Q:
    """Condition on a contact point: typed in, or linked from a typed one that is still this adult's."""
    theirs = number.filter(
        adult_id=OuterRef("adult_id"), address=OuterRef("linked_from"), disputed_at=None
    )
    return Q(linked_from="") | Q(Exists(theirs))


def heard_points() -> QuerySet[ContactPoint]:
    """Addresses from which an adult is heard: theirs still, and by nobody said not to be. What a blocked
    adult has, or has as well, is among them: it must not get lost, and who may answer it is asked apart.
    """
    number = ContactPoint.objects.all()
    return number.filter(_stands(number), disputed_at=None, adult__merged_into=None)


def usable_contact_points(*, even_disputed: bool = False) -> QuerySet[ContactPoint]:
    """Addresses at which something may be sent, best first for each adult.

    Left out: what is no address, what somebody said is not theirs, every address of a blocked
    adult, any address that a blocked adult of that school shares, and what was linked from a number
    that is none of these any more. `even_disputed`: what comes from there is to be heard all the same.
    """
    own_numbers = ContactPoint.objects.filter(~is_address_of_blocked())
    own = own_numbers.filter(adult__blocked_at=None)
    whose = Q() if even_disputed else Q(disputed_at=None)
    return (
        own.filter(_stands(own_numbers), whose)
        .exclude(address="")
        .order_by("adult_id", F("failing_since").asc(nulls_first=True), "priority", "pk")
    )


def sign_in_points() -> QuerySet[ContactPoint]:
    """Filter usable contact points to those with which their adult may sign in (guardians.numbers)."""
    return usable_contact_points().exclude(signs_in_by="")


def last_contact_on(student_ref: str = "pk", until: date | None = None) -> Subquery:
    """Annotation: day of the last contact with any parent (until that day), None where none is known."""
    rows = Contact.objects.filter(student_id=OuterRef(student_ref), retracted_at=None)
    if until is not None:
        rows = rows.filter(happened_on__lte=until)
    return Subquery(rows.order_by("-happened_on").values("happened_on")[:1])


@dataclass(frozen=True)
class Reachability:
    """Count usable contact points of a child's family; `none` needs action today."""

    working: int
    failing: int

    @property
    def state(self) -> str:
        return "none" if not self.working else "one" if self.working == 1 else "several"


def has_usable_way(adult_ref: str = "pk") -> Exists:
    working = usable_contact_points().filter(adult_id=OuterRef(adult_ref), failing_since=None)
    return Exists(working.order_by())


def is_away_now(on: date, adult_ref: str = "pk") -> Exists:
    return Exists(current_migrations(on).filter(Q(adult_id=OuterRef(adult_ref)), is_away=True))


@dataclass(frozen=True)
class FamilyMember:
    """An adult as one child's family page needs them; `last_contact` is with this child."""

    guardianship: Guardianship
    migration: Migration | None
    ways: list[ContactPoint]
    last_contact: Contact | None
    works: bool

    @property
    def adult(self) -> Adult:
        return self.guardianship.adult

    @property
    def signs_in(self) -> bool:
        """Whether one of their numbers lets them in (guardians.numbers)."""
        return any(point.signs_in_by for point in self.ways)

    @property
    def is_parent(self) -> bool:
        return self.guardianship.kind == Guardianship.Kind.PARENT

    @property
    def is_parent_away(self) -> bool:
        return self.is_parent and self.migration is not None and self.migration.is_away


@dataclass(frozen=True)
class FamilyFacts:
    """All that is on record about one child's family, read once for every way of showing it."""

    held: Sequence[Guardianship]  # also those that have ended, with adult
    moves: list[Migration]  # of all these adults, latest first
    latest: dict[int, Contact]  # adult → their last contact with the child
    ways: dict[int, list[ContactPoint]]

    def members(self, on: date) -> list[FamilyMember]:
        """The adults around the child that day, parents first."""
        places = {row.adult_id: row for row in self.moves if _holds(row, on)}
        members = [
            FamilyMember(
                guardianship=row,
                migration=places.get(row.adult_id),
                ways=self.ways.get(row.adult_id, []),
                last_contact=self.latest.get(row.adult_id),
                works=row.works,  # type: ignore[attr-defined]
            )
            for row in self.held
            if _holds(row, on)
        ]
        return sorted(members, key=lambda one: KIND_ORDER[one.guardianship.kind])


def _holds(row: Guardianship | Migration, on: date) -> bool:
    """schools.models.holds_on for a row in hand."""
    return row.starts_on <= on and (row.ends_on is None or row.ends_on >= on)


def family_questions(student: Student) -> list[Question]:
    """What `family_facts` asks."""
    asked = (_all_held, _ways_of, _moves_of, _latest_with_each)
    return [query.question(student_id=student.pk) for query in asked]


def family_facts(student: Student) -> FamilyFacts:
    """Four queries for a family of any size."""
    held = _all_held(student_id=student.pk)
    ways: dict[int, list[ContactPoint]] = {}
    for point in _ways_of(student_id=student.pk):
        ways.setdefault(point.adult_id, []).append(point)
    return FamilyFacts(
        held=held,
        moves=_moves_of(student_id=student.pk),
        latest={row.adult_id: row for row in _latest_with_each(student_id=student.pk)},
        ways=ways,
    )


@prepared
def _all_held(*, student_id) -> QuerySet[Guardianship]:
    rows = Guardianship.objects.filter(student_id=student_id).select_related("adult")
    return rows.annotate(works=has_usable_way("adult_id"))


@prepared
def _ways_of(*, student_id) -> QuerySet[ContactPoint]:
    return ContactPoint.objects.filter(adult_id__in=_adults_ever(student_id))


@prepared
def _moves_of(*, student_id) -> QuerySet[Migration]:
    return Migration.objects.filter(adult_id__in=_adults_ever(student_id))


def _adults_ever(student_id: int) -> QuerySet[Any]:
    return Guardianship.objects.filter(student_id=student_id).values("adult_id")


@prepared
def _latest_with_each(*, student_id) -> QuerySet[Contact]:
    rows = Contact.objects.filter(student_id=student_id, retracted_at=None)
    return rows.order_by("adult_id", "-happened_on", "-pk").distinct("adult_id")


def latest_contacts(student: Student, limit: int) -> list[Contact]:
    """The last `limit` contacts of a child with anybody, newest first, with who wrote them down."""
    return _latest_contacts(student_id=student.pk, limit=limit)


def latest_contacts_question(student: Student, limit: int) -> Question:
    """What `latest_contacts` asks."""
    return _latest_contacts.question(student_id=student.pk, limit=limit)


def contact_weeks_question(student: Student, since: date) -> Question:
    """What `contact_weeks` asks."""
    return _days_of_contact.question(student_id=student.pk, since=since)


@prepared
def _latest_contacts(*, student_id, limit: int) -> QuerySet[Contact]:
    rows = Contact.objects.filter(student_id=student_id, retracted_at=None)
    rows = rows.select_related("recorded_by", "adult")
    return rows.only(*own_fields(Contact), "recorded_by__name", "adult__name")[:limit]


def contact_weeks(student: Student, since: date) -> dict[int, set[date]]:
    """adult → Mondays of the weeks since then in which they and the child were in contact."""
    weeks: dict[int, set[date]] = {}
    for adult_id, on in _days_of_contact(student_id=student.pk, since=since):
        weeks.setdefault(adult_id, set()).add(on - timedelta(days=on.weekday()))
    return weeks


@prepared
def _days_of_contact(*, student_id, since) -> QuerySet[Any]:
    rows = Contact.objects.filter(student_id=student_id, retracted_at=None, happened_on__gte=since)
    return rows.order_by().values_list("adult_id", "happened_on")


def family_of(student: Student, on: date) -> list[FamilyMember]:
    """The adults around a child today, parents first."""
    return family_facts(student).members(on)


def in_asking_order(members: Sequence[FamilyMember]) -> list[FamilyMember]:
    """Those of a family whom the school asks by itself (`askable_family`), one row for each adult: parents
    away before the adults at home (messaging.rules.other_adult), each in the family's own order.
    """
    asked = [
        one
        for one in members
        if one.guardianship.kind in Guardianship.RAISING and one.adult.may_be_asked
    ]
    asked.sort(key=lambda one: (not one.is_parent_away, one.guardianship.priority, one.adult.pk))
    return list({one.adult.pk: one for one in reversed(asked)}.values())[::-1]


KIND_ORDER = {kind: place for place, kind in enumerate(Guardianship.Kind.values)}


def family_rows(student_ids: Collection[int], on: date) -> list[Any]:
    """Who is around many children, as plain rows in one query: relation, name, kind, condition, and for each
    adult whether away (None: not known) and where.
    """
    return _family_rows(student_ids=student_ids, on=on)


@prepared
def _family_rows(*, student_ids, on) -> QuerySet[Any]:
    # An adult is in one place at a time, so the join adds no row.
    place = FilteredRelation("adult__migrations", condition=holds_on(on, "adult__migrations__"))
    return (
        current_guardianships(on)
        .filter(student_id__in=student_ids)
        .annotate(lives=place, is_away=F("lives__is_away"), place=F("lives__place"))
        .order_by("priority", "pk")
        .values(
            "student_id",
            "relation",
            "kind",
            "adult__name",
            "adult__condition",
            "is_away",
            "place",
        )
    )


def can_be_reached(on: date) -> Exists:
    """Match children of whom at least one adult has a way that works."""
    ties = current_guardianships(on).filter(student_id=OuterRef("pk"))
    return Exists(ties.filter(has_usable_way("adult_id")))


def last_contacts(student_ids: Collection[int]) -> dict[int, Any]:
    """student → the last contact with anybody: happened_on, kind, adult_id."""
    return {
        key: last | {"happened_on": date.fromisoformat(last["happened_on"])}
        for key, last in _last_contacts(student_ids=student_ids)
        if last
    }


@prepared
def _last_contacts(*, student_ids) -> QuerySet[Any]:
    # From the children: of the contacts of years, one each is read. Whole, in place of its key: to look up a
    # key that a subquery finds, PostgreSQL would read all contacts first where policies of rows hold.
    rows = Contact.objects.filter(student_id=OuterRef("pk"), retracted_at=None)
    whole = JSONObject(happened_on="happened_on", kind="kind", adult_id="adult_id")
    latest = rows.order_by("-happened_on", "-pk").values(whole=whole)
    return Student.objects.filter(pk__in=student_ids).values_list("pk", Subquery(latest[:1]))


def past_whereabouts(adult: Adult) -> QuerySet[Migration]:
    return Migration.objects.filter(adult=adult)


def carers_ever(student: Student) -> QuerySet[Guardianship]:
    rows = Guardianship.objects.filter(student=student, kind=Guardianship.Kind.CARER)
    return rows.select_related("adult").order_by("-starts_on", "pk")


def overlapping(
    student_id: int,
    adult_id: int,
    kind: str,
    starts_on: date,
    ends_on: date | None = None,
    but: int | None = None,
) -> Guardianship | None:
    """A row of the same kind between the two whose days meet these (`one_guardianship_of_a_kind_at_a_time`);
    `but` is left out.
    """
    rows = Guardianship.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=starts_on),
        student_id=student_id,
        adult_id=adult_id,
        kind=kind,
    )
    if but is not None:
        rows = rows.exclude(pk=but)
    return (rows.filter(starts_on__lte=ends_on) if ends_on else rows).first()


def ties_of(student: Student, adult: Adult, on: date) -> list[Guardianship]:
    """Return the adult's guardianships of the child on that day, one row for each kind."""
    rows = current_guardianships(on).filter(student=student, adult=adult)
    return list(rows.select_related("student", "adult"))


def ended_ties_of(student: Student) -> QuerySet[Guardianship]:
    """Who was around the child before, the latest first."""
    rows = Guardianship.objects.filter(student=student, ends_on__isnull=False)
    return rows.select_related("adult").order_by("-ends_on", "-pk")


@dataclass(frozen=True)
class SharedWay:
    """Who else is reached at one number of an adult."""

    address: str
    others: tuple[Adult, ...]

    @property
    def is_barred(self) -> bool:
        return any(other.is_blocked for other in self.others)


def shared_ways(adult: Adult, points: Sequence[ContactPoint]) -> list[SharedWay]:
    """Numbers of this adult that others of the same school have too; one query."""
    rows = (
        ContactPoint.objects.filter(
            school_id=adult.school_id, address__in=[point.address for point in points]
        )
        .exclude(address="")
        .exclude(adult=adult)
        .select_related("adult")
        .order_by("adult__name", "pk")
    )
    found: dict[str, list[Adult]] = {}
    for row in rows:
        found.setdefault(row.address, []).append(row.adult)
    return [SharedWay(address, tuple(others)) for address, others in found.items()]
