"""Reads about families. Most return querysets, so that callers can add joins without extra queries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
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
from core.weeks import monday_of
from guardians.models import Adult, Contact, ContactPoint, Guardianship, Migration
from schools.models import holds_on, holds_on_sql
from students.models import Student

# -- Rules for choosing among a child's adults; every package uses these ----------------------------


def approachable(adult: str = "adult__") -> Q:
    """Match rows whose adult may be named to the child and spoken with: not blocked, and not dead, in prison,
    missing or out of contact.

    `adult` is the lookup from the row to the adult ("" for adults themselves).
    """
    return Q(**{f"{adult}blocked_at": None, f"{adult}condition": Adult.Condition.IN_TOUCH})


def is_blocked_somewhere(user_ref: str = "adult__user_id") -> Exists:
    """Return a test of whether the person of a row is blocked at any school that knows them.

    Somebody blocked at one school is blocked at every school linked to their account.
    """
    return Exists(Adult.objects.filter(user_id=OuterRef(user_ref), blocked_at__isnull=False))


def may_be_written_to(adult: str = "adult__") -> Q:
    """Match rows whose adult is approachable and to whom the school has a legal ground to write (PIPL Art.
    13). This includes adults who want no messages: staff may still answer them by hand.
    """
    return approachable(adult) & ~Q(**{f"{adult}legal_basis": Adult.LegalBasis.NONE})


def may_be_asked(adult: str = "adult__") -> Q:
    """Match rows whose adult may be written to and wants messages, and so may get automatic ones."""
    return may_be_written_to(adult) & Q(**{f"{adult}opted_out_at": None})


def current_guardianships(on: date) -> QuerySet[Guardianship]:
    return Guardianship.objects.filter(holds_on(on))


def current_guardianship_sql(adult: str, of: str) -> str:
    """Return SQL that tests whether the adult whose key is in the column `adult` has a guardianship on the
    day that meets `of`, a condition on the guardianship `g`.

    The day is the query parameter `on`.
    """
    return f"""EXISTS (SELECT FROM guardians_guardianship g
        WHERE g.adult_id = {adult} AND {holds_on_sql("g")} AND {of})"""


def informed_guardianships(on: date) -> QuerySet[Guardianship]:
    """Return guardianships on that day whose adult may see how the child is, and so gets the child's page
    and news.
    """
    return current_guardianships(on).filter(may_see_file=True)


def ties_of_row(on: date) -> QuerySet[Guardianship]:
    """Return, for use in Exists(), the guardianships on that day between the `adult` and the `student` of a
    row.
    """
    return current_guardianships(on).filter(
        adult_id=OuterRef("adult_id"), student_id=OuterRef("student_id")
    )


def is_informed(on: date) -> Exists:
    """Return a test of whether the `adult` of a row may see on that day how its `student` is."""
    return Exists(ties_of_row(on).filter(may_see_file=True))


def last_ties(pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], Guardianship]:
    """Return (child, adult) → the latest guardianship between the two, with its `adult`, even if it has
    ended.

    The keys may include other pairs of these children and adults. One query; none if `pairs` is empty.
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
    """Return guardianships of parents in touch for whom nobody has recorded whether they live at home."""
    known = current_migrations(on).filter(adult_id=OuterRef("adult_id"))
    # The test runs on each guardianship before any join, because the place of nearly all parents is known.
    # The date is part of the test: next to an expensive look-up, PostgreSQL would otherwise collect all
    # guardianships of the county that have begun.
    is_unknown = Case(When(holds_on(on), then=~Exists(known)), default=False)
    return Guardianship.objects.filter(is_unknown, approachable(), kind=Guardianship.Kind.PARENT)


def parents_away(on: date) -> QuerySet[Guardianship]:
    """Return guardianships of parents who live away today and may be asked about.

    Parents who have died, are in prison, are missing or are out of contact are left out. Blocked parents
    and those who opted out are included: the child still has a parent away, even though we do not ask that
    parent.
    """
    away = current_migrations(on).filter(adult_id=OuterRef("adult_id"), is_away=True)
    return current_guardianships(on).filter(
        Exists(away),
        kind=Guardianship.Kind.PARENT,
        adult__condition=Adult.Condition.IN_TOUCH,
    )


def approachable_parents_away(on: date) -> QuerySet[Guardianship]:
    """Return the parents away who are not blocked: the child may talk with them, and their journeys may be
    named.
    """
    return parents_away(on).filter(adult__blocked_at=None)


def is_at_home(held: Guardianship, on: date) -> bool:
    """Return whether this adult is at home with the child: a carer or guardian, or a parent known to live
    at home.
    """
    if held.kind != Guardianship.Kind.PARENT:
        return held.kind in Guardianship.CARING
    return current_migrations(on).filter(adult=held.adult_id, is_away=False).exists()


def askable_parents(on: date) -> QuerySet[Guardianship]:
    """Return the parents away who may receive a check-in (see "askable" in docs/glossary.md)."""
    return parents_away(on).filter(may_be_asked())


def askable_family(on: date) -> QuerySet[Guardianship]:
    """Return the family members who may receive a question: parents (away or at home), guardians and carers.

    Annotated with `is_parent_away` and `works` (whether they have a contact point that works).
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
    """Return contact points of blocked adults of the same school, for use inside Exists().

    Somebody blocked at one school is blocked at every school linked to their account.
    """
    is_blocked = Q(adult__blocked_at__isnull=False) | Q(
        adult__user__adults__blocked_at__isnull=False
    )
    rows = ContactPoint.objects.filter(is_blocked, school_id=OuterRef(school_id_ref))
    return rows.exclude(address="")


def is_address_of_blocked() -> Exists:
    """Return a test of whether a blocked adult of the same school also has the `address` of the row."""
    return Exists(addresses_of_blocked("school_id").filter(address=OuterRef("address")))


def _stands(number: QuerySet[ContactPoint]) -> Q:
    """Match contact points typed in by hand, or linked from a typed one that still belongs to this adult."""
    theirs = number.filter(
        adult_id=OuterRef("adult_id"), address=OuterRef("linked_from"), disputed_at=None
    )
    return Q(linked_from="") | Q(Exists(theirs))


def heard_points() -> QuerySet[ContactPoint]:
    """Return addresses whose incoming messages count as the adult's: still theirs, and not disputed.

    Addresses that belong to a blocked adult, alone or shared, are included so that no message gets lost; who
    may answer is decided elsewhere.
    """
    number = ContactPoint.objects.all()
    return number.filter(_stands(number), disputed_at=None, adult__merged_into=None)


def usable_contact_points(*, even_disputed: bool = False) -> QuerySet[ContactPoint]:
    """Return addresses to which something may be sent, best first for each adult.

    Left out are invalid and disputed addresses, every address of a blocked adult, any address shared with a
    blocked adult of that school, and channels linked from a number that is no longer usable. With
    `even_disputed`, disputed addresses are included because incoming messages from them must still be
    received.
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
    """Return the usable contact points with which their adult may sign in (guardians.numbers)."""
    return usable_contact_points().exclude(signs_in_by="")


def number_to_print(adult: Adult) -> str:
    """Return the phone number for a paper, whether or not messages arrive there; "" if none is known."""
    phones = adult.contact_points.filter(kind=ContactPoint.Kind.PHONE, disputed_at=None)
    return phones.exclude(address="").values_list("address", flat=True).first() or ""


def last_contact_on(student_ref: str = "pk", until: date | None = None) -> Subquery:
    """Annotate the day of the child's last contact with any parent (up to `until`); None if no contact is
    known.
    """
    rows = Contact.objects.filter(student_id=OuterRef(student_ref), retracted_at=None)
    if until is not None:
        rows = rows.filter(happened_on__lte=until)
    return Subquery(rows.order_by("-happened_on").values("happened_on")[:1])


@dataclass(frozen=True)
class Reachability:
    """Number of usable contact points of a child's family; the state `none` needs action today."""

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
    """An adult as shown on one child's family page; `last_contact` is with this child."""

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
        """Return whether any of their numbers lets them sign in (guardians.numbers)."""
        return any(point.signs_in_by for point in self.ways)

    @property
    def way_to_correct(self) -> ContactPoint | None:
        """Return their first number or address; on a channel that they linked there is nothing to correct."""
        return next((point for point in self.ways if point.kind in ContactPoint.TYPED), None)

    @property
    def is_parent(self) -> bool:
        return self.guardianship.kind == Guardianship.Kind.PARENT

    @property
    def is_parent_away(self) -> bool:
        return self.is_parent and self.migration is not None and self.migration.is_away


@dataclass(frozen=True)
class FamilyFacts:
    """Everything on record about one child's family, read once for every way of showing it."""

    held: Sequence[Guardianship]  # with their adult; includes those that have ended
    moves: list[Migration]  # of all these adults, latest first
    latest: dict[int, Contact]  # adult → their last contact with the child
    ways: dict[int, list[ContactPoint]]

    def members(self, on: date) -> list[FamilyMember]:
        """Return the adults around the child on that day, parents first."""
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
    """Return whether `schools.models.holds_on` is true for a row already loaded."""
    return row.starts_on <= on and (row.ends_on is None or row.ends_on >= on)


def family_questions(student: Student) -> list[Question]:
    """Return the queries that `family_facts` makes."""
    asked = (_all_held, _ways_of, _moves_of, _latest_with_each)
    return [query.question(student_id=student.pk) for query in asked]


def family_facts(student: Student) -> FamilyFacts:
    """Read the facts about a family of any size in four queries."""
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
    """Return the child's last `limit` contacts with anybody, newest first, with the people who recorded
    them.
    """
    return _latest_contacts(student_id=student.pk, limit=limit)


def latest_contacts_question(student: Student, limit: int) -> Question:
    """Return the query that `latest_contacts` makes."""
    return _latest_contacts.question(student_id=student.pk, limit=limit)


def contact_weeks_question(student: Student, since: date) -> Question:
    """Return the query that `contact_weeks` makes."""
    return _days_of_contact.question(student_id=student.pk, since=since)


@prepared
def _latest_contacts(*, student_id, limit: int) -> QuerySet[Contact]:
    rows = Contact.objects.filter(student_id=student_id, retracted_at=None)
    rows = rows.select_related("recorded_by", "adult")
    return rows.only(*own_fields(Contact), "recorded_by__name", "adult__name")[:limit]


def contact_weeks(student: Student, since: date) -> dict[int, set[date]]:
    """Return adult → Mondays of the weeks since `since` in which they and the child were in contact."""
    weeks: dict[int, set[date]] = {}
    for adult_id, on in _days_of_contact(student_id=student.pk, since=since):
        weeks.setdefault(adult_id, set()).add(monday_of(on))
    return weeks


@prepared
def _days_of_contact(*, student_id, since) -> QuerySet[Any]:
    rows = Contact.objects.filter(student_id=student_id, retracted_at=None, happened_on__gte=since)
    return rows.order_by().values_list("adult_id", "happened_on")


def family_of(student: Student, on: date) -> list[FamilyMember]:
    """Return the adults around a child today, parents first."""
    return family_facts(student).members(on)


def in_asking_order(members: Sequence[FamilyMember]) -> list[FamilyMember]:
    """Return those whom the school asks automatically (`askable_family`), one row for each adult.

    Parents away come before adults at home (messaging.rules.other_adult); within each group the family's own
    order applies.
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
    """Return who is around many children, as plain rows from one query: relation, name, kind and condition,
    and for each adult where they live and whether that is away (None if not known).
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
    """Match children with at least one adult who has a contact point that works."""
    ties = current_guardianships(on).filter(student_id=OuterRef("pk"))
    return Exists(ties.filter(has_usable_way("adult_id")))


def last_contacts(student_ids: Collection[int]) -> dict[int, Any]:
    """Return student → the last contact with anybody: happened_on, kind, adult_id."""
    return {
        key: last | {"happened_on": date.fromisoformat(last["happened_on"])}
        for key, last in _last_contacts(student_ids=student_ids)
        if last
    }


@prepared
def _last_contacts(*, student_ids) -> QuerySet[Any]:
    # Start from the children, so that only one contact each is read out of years of contacts. Return the
    # whole row, not its key: under row-level security PostgreSQL would read all contacts before looking up
    # a key that a subquery finds.
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
    """Return a row of the same kind between the two that overlaps these days (see the constraint
    `one_guardianship_of_a_kind_at_a_time`); `but` is left out.
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
    """Return guardianships of the child that have ended, the latest first."""
    rows = Guardianship.objects.filter(student=student, ends_on__isnull=False)
    return rows.select_related("adult").order_by("-ends_on", "-pk")


@dataclass(frozen=True)
class SharedWay:
    """The other adults who share one of an adult's contact points."""

    point: ContactPoint
    others: tuple[Adult, ...]

    @property
    def is_barred(self) -> bool:
        return any(other.is_blocked for other in self.others)


def shared_ways(adult: Adult, points: Sequence[ContactPoint]) -> list[SharedWay]:
    """Return the contact points of this adult that other adults of the school also have; one query."""
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
    return [
        SharedWay(point, tuple(found[point.address])) for point in points if point.address in found
    ]
