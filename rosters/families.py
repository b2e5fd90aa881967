"""What a roster's row says of a child's family, against what is known: pure.

One `AdultBook` serves all rows of an import, so that brothers and sisters share their parents and
what one row sets is known to the next.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from guardians.models import Adult, Guardianship, Relation
from guardians.roster_actions import AdultFacts, EndedTie, PhoneFacts, Residence, TieFacts
from guardians.roster_queries import KnownAdult, KnownFamilies, KnownTie
from rosters.cleaning import PhoneCell, Place

KIND = Guardianship.Kind
IN_TOUCH = Adult.Condition.IN_TOUCH.value
PARENT_PRIORITY, CARER_PRIORITY = 1, 2
NO_PHONES = PhoneCell()


@dataclass(frozen=True)
class Change:
    """One thing that the import does, or (`kept` says why) leaves although the file differs."""

    field: str
    before: str
    after: str
    kept: str = ""


@dataclass(frozen=True)
class Person:
    """What one row says of one adult. `called` stands in for a name that the file lacks."""

    role: str
    relation: str
    name: str
    called: str
    phones: PhoneCell = NO_PHONES
    place: Place | None = None
    condition: str | None = None

    @property
    def says_something(self) -> bool:
        phones = self.phones.addresses or self.phones.written
        return bool(self.name or phones or self.place or self.condition)

    @property
    def kind(self) -> str:
        return KIND.CARER.value if self.role == "carer" else KIND.PARENT.value


@dataclass
class Entry:
    """An adult as they will be once the rows so far are in."""

    facts: AdultFacts
    name: str
    condition: str = IN_TOUCH
    is_blocked: bool = False
    has_verified: bool = False
    numbers: dict[str, int | None] = field(default_factory=dict)
    unusable: dict[str, int | None] = field(default_factory=dict)
    residence: tuple[bool, str] | None = None
    residence_pk: int | None = None
    first_row: int = 0
    # What an earlier row of this file said is not overruled by a later one.
    said: set[str] = field(default_factory=set)


class AdultBook:
    def __init__(self, known: KnownFamilies, today: date):
        self.today = today
        self.entries: dict[str, Entry] = {}
        self.touched: dict[str, Entry] = {}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for adult in known.adults.values():
            self._add(f"id:{adult.pk}", _entry_of(adult))

    def _add(self, key: str, entry: Entry) -> None:
        self.entries[key] = entry
        self._by_name[entry.name].append(key)

    def find(self, name: str, addresses: tuple[str, ...]) -> str | None:
        """The same name with the same phone is the same person, for brothers and sisters."""
        if not name or not addresses:
            return None
        keys = self._by_name[name]
        return next((k for k in keys if self.entries[k].numbers.keys() & set(addresses)), None)

    def new(self, person: Person, row: int) -> str:
        key = f"new:{row}:{person.role}"
        name = person.name or person.called
        self._add(key, Entry(AdultFacts(key, None, {"name": name}), name, first_row=row))
        self.touched[key] = self.entries[key]
        return key

    def touch(self, key: str, row: int) -> Entry:
        entry = self.entries[key]
        if key not in self.touched:
            entry.first_row, self.touched[key] = row, entry
        return entry


def _entry_of(adult: KnownAdult) -> Entry:
    residence = adult.residence
    return Entry(
        AdultFacts(f"id:{adult.pk}", adult.pk),
        adult.name,
        adult.condition,
        adult.is_blocked,
        has_verified=any(point.is_verified for point in adult.points),
        numbers={point.address: point.pk for point in adult.points if point.address},
        unusable={point.as_written: point.pk for point in adult.points if not point.address},
        residence=(residence.is_away, residence.place) if residence else None,
        residence_pk=residence.pk if residence else None,
    )


@dataclass
class FamilyPlan:
    changes: list[Change] = field(default_factory=list)
    ties: list[TieFacts] = field(default_factory=list)
    ended: list[EndedTie] = field(default_factory=list)


def plan_family(
    row: int, people: list[Person], ties: list[KnownTie], book: AdultBook, since: date
) -> FamilyPlan:
    """`since` dates what begins with this row: the school year for a new child, else today."""
    plan = FamilyPlan()
    for person in people:
        if person.says_something:
            _plan_person(row, person, ties, book, since, plan)
    return plan


def _plan_person(
    row: int,
    person: Person,
    ties: list[KnownTie],
    book: AdultBook,
    since: date,
    plan: FamilyPlan,
) -> None:
    tie = _tie_of(person, ties, book)
    entry = book.entries[f"id:{tie.adult_id}"] if tie else None
    if tie and entry and _is_same(person, entry):
        _update(row, person, f"id:{tie.adult_id}", book, book.today, plan)
        return
    key = book.find(person.name, person.phones.addresses)
    is_unnamed_carer = person.role == "carer" and person.relation == Relation.OTHER.value
    if key is None and not person.name and tie is None and is_unnamed_carer:
        return  # a phone without a name and a relation says nothing of whom it reaches
    if tie and entry and not entry.is_blocked and _takes_over(person, ties):
        plan.ended.append(EndedTie(row, tie.pk, book.today))
        plan.changes.append(Change(f"{person.role}_name", entry.name, person.name))
    elif key is None or tie is None:
        plan.changes.append(Change(f"{person.role}_name", "", person.name or person.called))
    is_new = key is None
    key = key or book.new(person, row)
    priority = CARER_PRIORITY if person.role == "carer" else PARENT_PRIORITY
    plan.ties.append(TieFacts(row, key, person.relation, person.kind, priority, since))
    _update(row, person, key, book, since if is_new else book.today, plan)


def _tie_of(person: Person, ties: list[KnownTie], book: AdultBook) -> KnownTie | None:
    """The tie that this person of the file already has, or takes the place of."""
    of_kind = [tie for tie in ties if tie.kind == person.kind]
    if person.kind == KIND.PARENT:
        of_kind = [tie for tie in of_kind if tie.relation == person.relation]
    same = (t for t in of_kind if _is_same(person, book.entries[f"id:{t.adult_id}"], strict=True))
    return next(same, of_kind[0] if of_kind else None)


def _takes_over(person: Person, ties: list[KnownTie]) -> bool:
    """One column for the carer cannot say which of two carers is meant: then it only adds."""
    return person.kind == KIND.PARENT or sum(tie.kind == person.kind for tie in ties) == 1


def _is_same(person: Person, entry: Entry, strict: bool = False) -> bool:
    if not person.name:
        return not strict
    if person.name == entry.name:
        return True
    shares_phone = bool(entry.numbers.keys() & set(person.phones.addresses))
    is_stand_in = entry.name == person.called
    return not strict and (shares_phone or is_stand_in or _is_slip(person.name, entry.name))


def _is_slip(one: str, other: str) -> bool:
    """徐建军 and 徐建君: one character apart after the same surname, so a correction."""
    if len(one) != len(other) or len(one) < 3 or one[0] != other[0]:
        return False
    return sum(a != b for a, b in zip(one, other, strict=True)) == 1


def _update(
    row: int, person: Person, key: str, book: AdultBook, since: date, plan: FamilyPlan
) -> None:
    entry = book.entries[key]
    kept = "blocked" if entry.is_blocked else ""
    for part in (_name, _condition, _phones, _place):
        for change in part(person, entry, kept, since):
            plan.changes.append(change)
            if not change.kept:
                book.touch(key, row)


def _name(person: Person, entry: Entry, kept: str, since: date) -> list[Change]:
    if not person.name or person.name == entry.name or "name" in entry.said:
        return []
    change = Change(f"{person.role}_name", entry.name, person.name, kept)
    if not kept:
        entry.facts.fields["name"] = entry.name = person.name
        entry.said.add("name")
    return [change]


def _condition(person: Person, entry: Entry, kept: str, since: date) -> list[Change]:
    if not person.condition or person.condition == entry.condition:
        return []
    change = Change(f"{person.role}_condition", entry.condition, person.condition, kept)
    if not kept:
        entry.facts.fields["condition"] = entry.condition = person.condition
    return [change]


def _phones(person: Person, entry: Entry, kept: str, since: date) -> list[Change]:
    wanted = [number for number in person.phones.addresses if number not in entry.numbers]
    kept = kept or ("verified" if entry.has_verified else "")
    entry.said.update(set(person.phones.addresses) - set(wanted))
    changes = [_phone(person, entry, number, kept) for number in wanted]
    return changes + _unusable(person, entry, kept)


def _phone(person: Person, entry: Entry, number: str, kept: str) -> Change:
    stale = [*entry.unusable, *(n for n in entry.numbers if n not in entry.said)]
    before = stale[0] if stale else ""
    if kept:
        confirmed = next(iter(entry.numbers), "")
        return Change(f"{person.role}_phone", confirmed, number, kept)
    replaces = entry.unusable.pop(before, None) or entry.numbers.pop(before, None)
    if before and replaces is None:  # only planned by an earlier row of this file
        entry.facts.phones = [p for p in entry.facts.phones if p.as_written != before]
    phone = PhoneFacts(number, number, priority=len(entry.numbers) + 1, replaces=replaces)
    entry.facts.phones.append(phone)
    entry.numbers[number] = None
    entry.said.add(number)
    return Change(f"{person.role}_phone", before, number)


def _unusable(person: Person, entry: Entry, kept: str) -> list[Change]:
    """What is no number is kept as written, so that the adult shows as unreachable."""
    cell = person.phones
    if not cell.written or entry.numbers or kept or "unusable" in entry.said:
        return []
    entry.said.add("unusable")
    if cell.written in entry.unusable:
        return []
    before, replaces = next(iter(entry.unusable.items()), ("", None))
    entry.unusable.pop(before, None)
    entry.facts.phones.append(PhoneFacts("", cell.written, cell.problem, replaces=replaces))
    entry.unusable[cell.written] = None
    return [Change(f"{person.role}_phone", before, cell.written)]


def _place(person: Person, entry: Entry, kept: str, since: date) -> list[Change]:
    place = person.place
    if place is None or "place" in entry.said:
        return []
    if not kept:
        entry.said.add("place")
    wanted = (place.is_away, place.place)
    # "外地" does not make a known city unknown.
    vague = place.is_away and not place.place and entry.residence and entry.residence[0]
    if wanted == entry.residence or vague:
        return []
    before = place_text(*entry.residence) if entry.residence else ""
    change = Change(f"{person.role}_place", before, place_text(*wanted), kept)
    if not kept:
        entry.facts.residence = Residence(*wanted, since, entry.residence_pk)
        entry.residence = wanted
    return [change]


def place_text(is_away: bool, place: str) -> str:
    """A place, or a key of rosters.words for what has no name."""
    return place or ("away" if is_away else "at_home")
