"""Compare a child's family in a row of the roster with what is known. Pure.

One `AdultBook` serves all rows of an import, so that brothers and sisters share their parents and each
row knows what earlier rows set.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from guardians.hours import CHINA
from guardians.models import Adult, Guardianship, Relation
from guardians.roster_actions import AdultFacts, EndedTie, PhoneFacts, Residence, TieFacts
from guardians.roster_queries import KnownFamilies, KnownTie
from guardians.zones import zone_after_move
from rosters.cleaning import PhoneCell
from rosters.family_cells import Place

KIND = Guardianship.Kind
IN_TOUCH = Adult.Condition.IN_TOUCH.value
PARENT_PRIORITY, CARER_PRIORITY = 1, 2
NO_PHONES = PhoneCell()


@dataclass(frozen=True)
class Change:
    """A change by the import, or a value that it keeps although the file differs (`kept` says why)."""

    field: str
    before: str
    after: str
    kept: str = ""


@dataclass(frozen=True)
class Person:
    """What one row says about one adult. `called` replaces a name that the file lacks."""

    role: str
    relation: str
    name: str
    called: str
    phones: PhoneCell = NO_PHONES
    place: Place | None = None
    condition: str | None = None
    # For a contact we do not know who they are to the child, so nobody writes to them.
    kind: str = KIND.PARENT.value

    @property
    def says_something(self) -> bool:
        phones = self.phones.addresses or self.phones.written
        return bool(self.name or phones or self.place or self.condition)


@dataclass
class Entry:
    """An adult as they will be after the rows so far are imported."""

    facts: AdultFacts
    name: str
    condition: str = IN_TOUCH
    time_zone: str = CHINA
    is_blocked: bool = False
    has_verified: bool = False
    numbers: dict[str, int | None] = field(default_factory=dict)
    unusable: dict[str, int | None] = field(default_factory=dict)
    residence: tuple[bool, str] | None = None
    residence_pk: int | None = None
    first_row: int = 0
    # What an earlier row of this file said; later rows do not override it.
    said: set[str] = field(default_factory=set)

    @property
    def is_away_and_in_touch(self) -> bool:
        return bool(self.residence and self.residence[0]) and self.condition == IN_TOUCH


class AdultBook:
    def __init__(self, known: KnownFamilies, today: date):
        self.today = today
        self.entries: dict[str, Entry] = {}
        self.touched: dict[str, Entry] = {}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for adult in known.adults.values():
            residence, points = adult.residence, adult.points
            entry = Entry(
                AdultFacts(f"id:{adult.pk}", adult.pk),
                adult.name,
                adult.condition,
                adult.time_zone,
                adult.is_blocked,
                has_verified=any(point.is_verified for point in points),
                numbers={point.address: point.pk for point in points if point.address},
                unusable={point.as_written: point.pk for point in points if not point.address},
                residence=(residence.is_away, residence.place) if residence else None,
                residence_pk=residence.pk if residence else None,
            )
            self._add(f"id:{adult.pk}", entry)

    def _add(self, key: str, entry: Entry) -> None:
        self.entries[key] = entry
        self._by_name[entry.name].append(key)

    def find(self, name: str, addresses: tuple[str, ...]) -> str | None:
        """Return the key of an adult with the same name and phone: brothers and sisters share that person."""
        if not name or not addresses:
            return None
        keys = self._by_name[name]
        return next((k for k in keys if self.entries[k].numbers.keys() & set(addresses)), None)

    def new(self, person: Person, row: int) -> str:
        key = f"new:{row}:{person.role}"
        name = person.name or person.called
        fields = {"name": name, "legal_basis": Guardianship.GROUNDS[KIND(person.kind)]}
        self._add(key, Entry(AdultFacts(key, None, fields), name, first_row=row))
        self.touched[key] = self.entries[key]
        return key

    def touch(self, key: str, row: int) -> Entry:
        entry = self.entries[key]
        if key not in self.touched:
            entry.first_row, self.touched[key] = row, entry
        return entry


@dataclass
class FamilyPlan:
    changes: list[Change] = field(default_factory=list)
    ties: list[TieFacts] = field(default_factory=list)
    ended: list[EndedTie] = field(default_factory=list)
    # Whether a parent whom we may ask lives away, according to this row or the records.
    has_parent_away: bool = False


def plan_family(
    row: int, people: list[Person], ties: list[KnownTie], book: AdultBook, since: date
) -> FamilyPlan:
    """Plan the changes to a child's family.

    `since` is the start date of whatever begins with this row: the school year for a new child, otherwise
    today.
    """
    plan = FamilyPlan()
    for person in people:
        if not person.says_something:
            continue
        of_kind, is_parent = [t for t in ties if t.kind == person.kind], person.kind == KIND.PARENT
        # The tie that this person in the file already has, or replaces.
        candidates = [t for t in of_kind if not is_parent or t.relation == person.relation]
        same = (
            t for t in candidates if _is_same(person, book.entries[f"id:{t.adult_id}"], strict=True)
        )
        tie = next(same, candidates[0] if candidates else None)
        entry = book.entries[f"id:{tie.adult_id}"] if tie else None
        if tie and entry and _is_same(person, entry):
            _update(row, person, f"id:{tie.adult_id}", book, book.today, plan)
            continue
        key = book.find(person.name, person.phones.addresses)
        is_unnamed_carer = person.role == "carer" and person.relation == Relation.OTHER.value
        if key is None and not person.name and tie is None and is_unnamed_carer:
            continue  # a phone without a name or relation does not tell whom it reaches
        # A single carer column cannot say which of two carers it means, so then it only adds one. A
        # parent who is neither called father nor mother replaces nobody.
        is_known_as_such = is_parent and person.relation != Relation.OTHER.value
        is_only_carer = person.kind == KIND.CARER and len(of_kind) == 1
        if tie and entry and not entry.is_blocked and (is_known_as_such or is_only_carer):
            plan.ended.append(EndedTie(row, tie.pk, book.today))
            plan.changes.append(Change(f"{person.role}_name", entry.name, person.name))
        elif key is None or tie is None:
            plan.changes.append(Change(f"{person.role}_name", "", person.name or person.called))
        is_new = key is None
        key = key or book.new(person, row)
        _end_contact(row, person, key, ties, book, plan)
        priority = PARENT_PRIORITY if is_parent else CARER_PRIORITY
        plan.ties.append(TieFacts(row, key, person.relation, person.kind, priority, since))
        _update(row, person, key, book, since if is_new else book.today, plan)
    ended = {end.tie_id for end in plan.ended}
    parents = [f"id:{t.adult_id}" for t in ties if t.kind == KIND.PARENT and t.pk not in ended]
    parents += [tie.adult_key for tie in plan.ties if tie.kind == KIND.PARENT]
    plan.has_parent_away = any(book.entries[key].is_away_and_in_touch for key in parents)
    return plan


def _end_contact(
    row: int, person: Person, key: str, ties: list[KnownTie], book: AdultBook, plan: FamilyPlan
) -> None:
    """End a contact whose relation to the child is now known. The school may write to them from now on."""
    if person.kind == KIND.CONTACT:
        return
    for tie in ties:
        if tie.kind == KIND.CONTACT and f"id:{tie.adult_id}" == key:
            plan.ended.append(EndedTie(row, tie.pk, book.today))
            entry = book.touch(key, row)
            entry.facts.fields["legal_basis"] = Guardianship.GROUNDS[KIND(person.kind)]


def _is_same(person: Person, entry: Entry, strict: bool = False) -> bool:
    one, other = person.name, entry.name
    if not one:
        return not strict
    if one == other or strict:
        return one == other
    shares_phone = bool(entry.numbers.keys() & set(person.phones.addresses))
    # 徐建军 and 徐建君: one character differs after the same surname, so it is a correction.
    is_alike = len(one) == len(other) >= 3 and one[0] == other[0]
    is_correction = is_alike and sum(a != b for a, b in zip(one, other, strict=True)) == 1
    return shares_phone or other == person.called or is_correction


def _update(
    row: int, person: Person, key: str, book: AdultBook, since: date, plan: FamilyPlan
) -> None:
    entry = book.entries[key]
    kept = "blocked" if entry.is_blocked else ""
    changes = []
    if person.name and person.name != entry.name and "name" not in entry.said:
        changes.append(Change(f"{person.role}_name", entry.name, person.name, kept))
        if not kept:
            entry.facts.fields["name"] = entry.name = person.name
            entry.said.add("name")
    if person.condition and person.condition != entry.condition:
        name = f"{person.role}_condition"
        changes.append(Change(name, entry.condition, person.condition, kept))
        if not kept:
            entry.facts.fields["condition"] = entry.condition = person.condition
    changes += [*_phones(person, entry, kept), *_place(person, entry, kept, since)]
    plan.changes += changes
    if any(not change.kept for change in changes):
        book.touch(key, row)


def _phones(person: Person, entry: Entry, kept: str) -> list[Change]:
    """Plan new numbers, then text that is not a number.

    Such text is kept as written, so that the adult shows as unreachable.
    """
    cell, name = person.phones, f"{person.role}_phone"
    kept = kept or ("verified" if entry.has_verified else "")
    wanted = [number for number in cell.addresses if number not in entry.numbers]
    entry.said.update(set(cell.addresses) - set(wanted))
    if kept:
        confirmed = next(iter(entry.numbers), "")
        return [Change(name, confirmed, number, kept) for number in wanted]
    changes = []
    for number in wanted:
        stale = [*entry.unusable, *(n for n in entry.numbers if n not in entry.said)]
        before = stale[0] if stale else ""
        replaces = entry.unusable.pop(before, None) or entry.numbers.pop(before, None)
        if before and replaces is None:  # only planned by an earlier row of this file
            entry.facts.phones = [p for p in entry.facts.phones if p.as_written != before]
        phone = PhoneFacts(number, number, priority=len(entry.numbers) + 1, replaces=replaces)
        entry.facts.phones.append(phone)
        entry.numbers[number] = None
        entry.said.add(number)
        changes.append(Change(name, before, number))
    if cell.written and not entry.numbers and "unusable" not in entry.said:
        entry.said.add("unusable")
        if cell.written not in entry.unusable:
            before, replaces = next(iter(entry.unusable.items()), ("", None))
            entry.unusable.pop(before, None)
            entry.facts.phones.append(PhoneFacts("", cell.written, cell.problem, replaces=replaces))
            entry.unusable[cell.written] = None
            changes.append(Change(name, before, cell.written))
    return changes


def _place(person: Person, entry: Entry, kept: str, since: date) -> list[Change]:
    place = person.place
    if place is None or "place" in entry.said:
        return []
    if not kept and not place.is_implied:
        entry.said.add("place")
    if place.is_implied and entry.residence and not entry.residence[0]:
        return []
    wanted = (place.is_away, place.place)
    # "外地" does not replace a known city.
    vague = place.is_away and not place.place and entry.residence and entry.residence[0]
    if wanted == entry.residence or vague:
        return []
    before = place_text(*entry.residence) if entry.residence else ""
    change = Change(f"{person.role}_place", before, place_text(*wanted), kept)
    if not kept:
        before_place = entry.residence[1] if entry.residence else ""
        zone = zone_after_move(before_place, place.place, entry.time_zone)
        if zone != entry.time_zone:
            entry.facts.fields["time_zone"] = entry.time_zone = zone
        entry.facts.residence = Residence(*wanted, since, entry.residence_pk)
        entry.residence = wanted
    return [change]


def place_text(is_away: bool, place: str) -> str:
    """Return the place, or a key of `rosters.words` if it has no name."""
    return place or ("away" if is_away else "at_home")
