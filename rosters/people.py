"""The adults of one row: father, mother, the carer or unspecified parent, and the family's single number.

Pure. We never guess that somebody is away or at home.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from guardians.models import PARENTS, Relation
from guardians.roster_queries import KnownTie
from guardians.zones import zone_of
from rosters import family_cells
from rosters.cleaning import PhoneCell, Problem
from rosters.columns import PEOPLE, Called, Field
from rosters.families import KIND, Person
from rosters.family_cells import Place, Places
from rosters.rows import Row, World

# Keys of decisions for the whole file, and the possible answers.
WHOSE_PARENT, WHERE_GUARDIAN, WHOSE_PHONE = "file,parent", "file,guardian", "file,phone"
AT_HOME, AWAY, DIFFERS = "home", "away", "differs"  # DIFFERS: asked, and left open
UNKNOWN = "unknown"
# The question that a column without a relation raises, and what the adult is until it is answered.
# A guardian keeps a guardian's rights; Today asks whether they live at home.
ASKS = {
    Called.PARENT: (WHOSE_PARENT, KIND.CONTACT),
    Called.GUARDIAN: (WHERE_GUARDIAN, KIND.PARENT),
}
# The problem shown at a cell that waits for the answer → the question.
CELL_PROBLEMS = {"parent_unclear": WHOSE_PARENT, "guardian_unclear": WHERE_GUARDIAN}
FAMILY = "family"  # the role of the person who answers the family's number


@dataclass(frozen=True)
class Said:
    """What the header, and the user for the whole file, say about columns that do not tell whom they mean."""

    called: Called
    decisions: Mapping[str, str]


def people_of(row: Row, world: World, said: Said) -> list[Person]:
    """Return father, mother and carer of one row. A carer who is the father counts as the father."""
    people = _merged(row, world)
    is_known = _take_for_known(row, people, world)
    carer = people.get("carer")
    is_parent = carer is not None and carer.kind == KIND.PARENT
    answer = "" if is_known and is_parent else AT_HOME
    phones: PhoneCell = row.value(Field.FAMILY_PHONE) or PhoneCell()
    # A third name besides father and mother is neither of them.
    has_both = all(people[role].name for role in PARENTS)
    if said.called in ASKS and not (is_known or has_both) and _says_no_relation(row, people):
        if people["carer"].name:
            # The answer for the whole file; until there is one, the cell is marked with the question.
            question, until_answered = ASKS[said.called]
            row.questions.add(question)
            answer = said.decisions.get(question, "")
            kind = {AT_HOME: KIND.CARER, AWAY: KIND.PARENT}.get(answer, until_answered)
            people["carer"] = replace(people["carer"], kind=kind.value)
            if not answer:
                code = next(code for code, asked in CELL_PROBLEMS.items() if asked == question)
                row.complain(Field.CARER_NAME, Problem(code, blocks=False))
        else:  # only 家长电话, without a name
            phones = _joined(phones, people.pop("carer").phones)
    for role, place in _places_of(row, people, world, answer).items():
        if people[role].condition is None:
            people[role] = replace(people[role], place=place)
    _add_family_phone(row, people, world, phones, said.decisions.get(WHOSE_PHONE, ""))
    return list(people.values())


def _merged(row: Row, world: World) -> dict[str, Person]:
    people = {role: _person(row, role, world) for role in PEOPLE}
    carer = people["carer"]
    for role in PARENTS:
        parent = people[role]
        is_parent = carer.relation == role or (carer.name and carer.name == parent.name)
        if is_parent and (not carer.name or not parent.name or carer.name == parent.name):
            phones = _joined(parent.phones, carer.phones)
            people[role] = replace(parent, name=parent.name or carer.name, phones=phones)
            del people["carer"]
            break
    return people


def _joined(one: PhoneCell, more: PhoneCell) -> PhoneCell:
    numbers = dict.fromkeys([*one.addresses, *more.addresses])
    return replace(one if one.written else more, addresses=tuple(numbers))


def _says_no_relation(row: Row, people: dict[str, Person]) -> bool:
    carer = people.get("carer")
    return bool(
        carer
        and carer.says_something
        and carer.relation == Relation.OTHER
        and not row.value(Field.CARER_RELATION)
    )


def _take_for_known(row: Row, people: dict[str, Person], world: World) -> bool:
    """Return whether somebody with this name already has a tie to the child, and use that tie.

    The file says nothing else about them.
    """
    if not _says_no_relation(row, people):
        return False
    carer = people["carer"]
    ties = [tie for tie in _ties(row, world) if tie.kind != KIND.CONTACT]
    named = (tie for tie in ties if world.families.adults[tie.adult_id].name == carer.name)
    tie = next(named, None)
    if tie is None:
        return False
    if tie.kind == KIND.PARENT and tie.relation in PARENTS and not people[tie.relation].name:
        parent = people[tie.relation]
        phones = _joined(parent.phones, carer.phones)
        people[tie.relation] = replace(parent, name=carer.name, phones=phones)
        del people["carer"]
    else:
        people["carer"] = replace(carer, relation=tie.relation, kind=tie.kind)
    return True


def _ties(row: Row, world: World) -> list[KnownTie]:
    return world.families.ties.get(row.child.pk, []) if row.child else []


def _places_of(row: Row, people: dict[str, Person], world: World, answer: str) -> dict[str, Place]:
    """Return where the parents live.

    A place for one parent comes first, then a place for both, then the statement that the child is left
    behind. The last two apply to parents who are named or known, otherwise to both. If the only adult of
    the row may be a parent (`answer`), we assume nobody else to be away.
    """
    own = {role: row.value(f"{role}_place") or Places() for role in PARENTS}
    of_both = row.value(Field.PARENTS_PLACE) or Places()
    found = of_both.of | own["father"].of | own["mother"].of
    found |= {role: said.bare for role, said in own.items() if said.bare}
    living = [role for role in PARENTS if people[role].condition is None]
    known = {tie.relation for tie in _ties(row, world) if tie.kind == KIND.PARENT}
    named = [role for role in living if people[role].says_something or role in known]
    meant = named if answer == AWAY else named or living
    left_behind = row.value(Field.IS_LEFT_BEHIND)
    away = Place(is_away=True, is_implied=True)
    if answer == AWAY:
        found["carer"] = of_both.bare or Place(is_away=True)
    if of_both.bare:
        shared = replace(of_both.bare, is_implied=len(meant) > 1)
        found = dict.fromkeys(meant, shared) | found
    if left_behind == "both":
        found = dict.fromkeys(meant if answer == AWAY else living, away) | found
    elif left_behind in PARENTS:
        found = {left_behind: away} | found
    elif left_behind == "one" and len(living) == 1:
        found = dict.fromkeys(living, away) | found
    elif left_behind == "yes" and not any(place.is_away for place in found.values()):
        found = dict.fromkeys(meant if answer == AT_HOME else named, away) | found
    return found


def _add_family_phone(
    row: Row, people: dict[str, Person], world: World, phones: PhoneCell, said: str
) -> None:
    """Give the family's single number to the only adult known to be at home.

    Otherwise to the person whom the user named for the whole file. Otherwise we do not guess: the number
    stands for the family.
    """
    known = {number for person in people.values() for number in person.phones.addresses}
    if not (phones.written or set(phones.addresses) - known):
        return
    at_home = [role for role, person in people.items() if _is_at_home(person)]
    role = at_home[0] if len(at_home) == 1 else ""
    if not role:
        row.questions.add(WHOSE_PHONE)
        role = said if said in people and people[said].name else ""
    if role:
        person = people[role]
        people[role] = replace(person, phones=_joined(person.phones, phones))
        return
    called = str(world.stand_ins[FAMILY]) % {"name": row.value(Field.NAME)}
    people[FAMILY] = Person(
        FAMILY, Relation.OTHER.value, called, called, phones, kind=KIND.CONTACT.value
    )


def _is_at_home(person: Person) -> bool:
    if not person.says_something or person.condition:
        return False
    is_carer = person.kind in (KIND.CARER, KIND.GUARDIAN)
    return not person.place.is_away if person.place else is_carer


def _person(row: Row, role: str, world: World) -> Person:
    relation = role
    if role == "carer":
        by_name = family_cells.relation_in(row.raw.get(Field.CARER_NAME))
        relation = row.value(Field.CARER_RELATION) or by_name or Relation.OTHER.value
    name = row.value(f"{role}_name") or ""
    parts = ("name", "phone", "place")
    said = (family_cells.condition_of(row.raw.get(f"{role}_{part}")) for part in parts)
    cells = [row.value(f"{one}_place") for one in ("parents", *PARENTS)]
    by_place = (cell.conditions[role] for cell in cells if cell and role in cell.conditions)
    condition = next((word for word in said if word), None) or next(by_place, None)
    phones = row.value(f"{role}_phone") or PhoneCell()
    if condition:
        row.cells.pop(f"{role}_phone", None) if phones.written else None
        phones = replace(phones, written="", problem="")
    return Person(
        role,
        relation,
        name,
        str(world.stand_ins[relation if relation in world.stand_ins else "carer"])
        % {"name": row.value(Field.NAME)},
        phones,
        condition=condition,
        kind=(KIND.CARER if role == "carer" else KIND.PARENT).value,
    )


def ask_for_zones(row: Row) -> None:
    """Ask for the time zone if a country has several, because then we do not know when its evening is."""
    for person in row.people:
        if person.place and zone_of(person.place.place).is_unclear:
            own = Field(f"{person.role}_place")
            name = own if own in row.cells else Field.PARENTS_PLACE
            row.complain(name, Problem("zone_unclear", blocks=False))
