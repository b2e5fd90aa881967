"""Writes that a roster makes to many families at once, inside the caller's transaction."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from accounts.models import User
from core.pinyin import pinyin_of
from guardians.models import Adult, ContactPoint, Guardianship, Migration, NumberChange
from guardians.numbers import SignsInBy, is_of_office, note_change, without_any_yet
from schools.models import School
from students.roster_actions import Step, changed, created


@dataclass(frozen=True)
class PhoneFacts:
    """A phone number of a roster; `replaces` is the contact point whose number it replaces."""

    address: str
    as_written: str
    problem: str = ""
    priority: int = 1
    replaces: int | None = None


@dataclass(frozen=True)
class Residence:
    """Whether an adult is away or at home, from a given day; `follows` is the row that ends
    the day before.
    """

    is_away: bool
    place: str
    starts_on: date
    follows: int | None = None


@dataclass
class AdultFacts:
    """An adult of a roster; `key` identifies them within one import, even before there is a row."""

    key: str
    adult_id: int | None
    fields: dict[str, Any] = field(default_factory=dict)
    phones: list[PhoneFacts] = field(default_factory=list)
    residence: Residence | None = None


@dataclass(frozen=True)
class TieFacts:
    row: int
    adult_key: str
    relation: str
    kind: str
    priority: int
    starts_on: date


@dataclass(frozen=True)
class EndedTie:
    row: int
    tie_id: int
    new_starts_on: date


def write_adults(
    *, school: School, adults: list[tuple[int, AdultFacts]], ids: dict[str, int], by: User | None
) -> list[tuple[int, Step]]:
    """Return (row, step) for everything written, and put the keys of new adults into `ids`."""
    new = [
        (row, adult.key, Adult(school=school, **_with_key(adult.fields)))
        for row, adult in adults
        if adult.adult_id is None
    ]
    Adult.objects.bulk_create([person for _, _, person in new])
    ids.update({key: person.pk for _, key, person in new})
    ids.update({adult.key: adult.adult_id for _, adult in adults if adult.adult_id is not None})
    people = Adult.objects.in_bulk([adult.adult_id for _, adult in adults if adult.fields])
    edits = [
        (row, changed(people[adult.adult_id], **_with_key(adult.fields)))
        for row, adult in adults
        if adult.adult_id is not None and adult.fields
    ]
    steps = [(row, created(person)) for row, _, person in new] + edits
    # Adults for whom the office records a number for the first time.
    keys = [ids[adult.key] for _, adult in adults if adult.phones]
    first = without_any_yet(keys) if keys and by and is_of_office(by, school) else set()
    points: list[tuple[int, ContactPoint]] = []
    places: list[tuple[int, Migration]] = []
    for row, adult in adults:
        for phone in adult.phones:
            if adult.adult_id is not None and phone.address:
                known = Adult(pk=adult.adult_id, school=school)
                note_change(known, NumberChange.What.WRITTEN, but=phone.address)
            step, point = _phone(school, ids[adult.key], phone, first)
            steps += [(row, step)] if step else []
            points += [(row, point)] if point else []
        if adult.residence is not None:
            step, place = _residence(school, ids[adult.key], adult.residence)
            steps += [(row, step)] if step else []
            places += [(row, place)] if place else []
    ContactPoint.objects.bulk_create([point for _, point in points])
    Migration.objects.bulk_create([place for _, place in places])
    return steps + [(row, created(thing)) for row, thing in [*points, *places]]


def _with_key(fields: dict[str, Any]) -> dict[str, Any]:
    name = fields.get("name")
    return {**fields, "name_pinyin": pinyin_of(name)} if name else fields


def _phone(
    school: School, adult_id: int, phone: PhoneFacts, first: Collection[int]
) -> tuple[Step | None, ContactPoint | None]:
    """Write one number.

    What was known about an old contact point is cleared: nobody knows whether the new number works.
    """
    values = {"address": phone.address, "as_written": phone.as_written, "problem": phone.problem}
    values["signs_in_by"] = SignsInBy.OFFICE if adult_id in first and phone.address else ""
    if phone.replaces is None:
        fresh = ContactPoint(
            school=school,
            adult_id=adult_id,
            kind=ContactPoint.Kind.PHONE,
            priority=phone.priority,
            **values,
        )
        return None, fresh
    old = ContactPoint.objects.get(pk=phone.replaces)
    unknown = {"failing_since": None, "failing_cause": "", "disputed_at": None}
    past = {"last_delivered_at": None, "last_replied_at": None}
    return changed(old, **values, **unknown, **past), None


def _residence(
    school: School, adult_id: int, residence: Residence
) -> tuple[Step | None, Migration | None]:
    step = None
    if residence.follows is not None:
        old = Migration.objects.get(pk=residence.follows)
        if old.starts_on >= residence.starts_on:
            values = {"is_away": residence.is_away, "place": residence.place}
            return changed(old, **values), None
        step = changed(old, ends_on=residence.starts_on - timedelta(days=1))
    return step, Migration(
        school=school,
        adult_id=adult_id,
        is_away=residence.is_away,
        place=residence.place,
        starts_on=residence.starts_on,
    )


def write_ties(
    *,
    school: School,
    ended: list[EndedTie],
    ties: list[TieFacts],
    student_ids: dict[int, int],
    adult_ids: dict[str, int],
) -> list[tuple[int, Step]]:
    """End the ties that another person takes over, then add the new ones; return (row, step) for everything
    written.
    """
    steps = []
    for end in ended:
        old = Guardianship.objects.get(pk=end.tie_id)
        last_day = max(old.starts_on, end.new_starts_on - timedelta(days=1))
        steps.append((end.row, changed(old, ends_on=last_day)))
    reopened, rows = _reopened(ties, student_ids, adult_ids), []
    for tie in ties:
        key = (student_ids[tie.row], adult_ids[tie.adult_key], tie.kind)
        if key in reopened:
            goes_on = {"ends_on": None, "end_reason": "", "relation": tie.relation}
            steps.append((tie.row, changed(reopened[key], **goes_on)))
            continue
        row = Guardianship(
            school=school,
            student_id=key[0],
            adult_id=key[1],
            kind=tie.kind,
            relation=tie.relation,
            priority=tie.priority,
            may_see_file=tie.kind in Guardianship.RAISING,
            starts_on=tie.starts_on,
        )
        rows.append((tie.row, row))
    Guardianship.objects.bulk_create([row for _, row in rows])
    return steps + [(number, created(row)) for number, row in rows]


def _reopened(
    ties: list[TieFacts], student_ids: dict[int, int], adult_ids: dict[str, int]
) -> dict[tuple[int, int, str], Guardianship]:
    """Return, by child, adult and kind, ended ties that reach the first day of the new one.

    They are continued, because a second row for the same days would overlap: for example, a tie that another
    import ended on the very day from which it is wanted again.
    """
    starts = {(student_ids[t.row], adult_ids[t.adult_key], t.kind): t.starts_on for t in ties}
    ended = Guardianship.objects.filter(student_id__in={child for child, _, _ in starts})
    found = {}
    for tie in ended.exclude(ends_on=None):
        key = (tie.student_id, tie.adult_id, tie.kind)
        if key in starts and tie.ends_on and tie.ends_on >= starts[key]:
            found[key] = tie
    return found
