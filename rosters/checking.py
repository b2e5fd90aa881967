"""Rows of a roster against what the school knows: what each would do, and what stands in its way.

Pure. The preview and the import run the same check, so that nothing else happens than was shown.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any

from guardians.models import PARENTS, Relation
from guardians.roster_queries import KnownFamilies
from guardians.zones import zone_of
from rosters import cleaning
from rosters.cleaning import Cleaned, PhoneCell, Place, Places, Problem
from rosters.columns import PEOPLE, Field
from rosters.families import KIND, AdultBook, Change, FamilyPlan, Person, plan_family
from rosters.reading import Cell, Table
from schools.actions import class_name
from students.roster_actions import ChildFacts, Move
from students.roster_queries import COMPARED, KnownChild

ClassKey = tuple[int, int]
ROW = "row"
SKIP, SAME = "skip", "same"
# The decision for every row whose class is empty: ABOVE (merged cells), or one class as "3.2".
WITHOUT_CLASS, ABOVE = "class,*", "above"
DITTO = {"同上", "同前", "〃", "″", '"', "''", "“", "”"}
NEW_CLASS = -1  # the id of a class that the import makes first
EXAMPLE = "例:"  # the example line of our own template
TOTALS = ("合计", "总计", "小计", "制表", "填表", "审核", "说明", "备注", "注:")


class RowKind(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    BLOCKED = "blocked"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class World:
    """What the school knows today. `year_id` is None where no school year has been opened."""

    today: date
    year_id: int | None
    year_starts_on: date
    classes: dict[ClassKey, tuple[int, str]]
    children: dict[int, KnownChild]
    families: KnownFamilies
    # The year has not begun: children are in their classes of its first day, and move on that day.
    is_ahead: bool
    # How the words of a parent whose name is not known are built: {"father": "%s's father"}.
    stand_ins: Mapping[str, str]


@dataclass
class Row:
    """One line of the file. `number` is the line that Excel shows."""

    number: int
    raw: dict[str, Cell]
    cells: dict[str, Cleaned] = field(default_factory=dict)
    kind: RowKind = RowKind.SAME
    child: KnownChild | None = None
    class_key: ClassKey | None = None
    changes: list[Change] = field(default_factory=list)
    facts: ChildFacts | None = None
    people: list[Person] = field(default_factory=list)
    family: FamilyPlan = field(default_factory=FamilyPlan)

    def value(self, name: str) -> Any:
        cleaned = self.cells.get(name)
        return cleaned.value if cleaned else None

    def complain(self, name: str, problem: Problem) -> None:
        cleaned = self.cells.get(name, Cleaned())
        if cleaned.problem is None or not cleaned.problem.blocks:
            self.cells[name] = replace(cleaned, problem=problem)

    @property
    def problems(self) -> dict[str, Problem]:
        return {name: cell.problem for name, cell in self.cells.items() if cell.problem}

    @property
    def is_blocked(self) -> bool:
        return any(problem.blocks for problem in self.problems.values())

    @property
    def goes_in(self) -> bool:
        return self.kind in (RowKind.NEW, RowKind.CHANGED, RowKind.SAME)


@dataclass
class Checked:
    rows: list[Row]
    book: AdultBook
    # Classes that the file names and the school lacks → the rows that need them.
    missing_classes: Counter[ClassKey]
    # Classes that the user has decided to make.
    new_classes: list[ClassKey]
    absent: list[KnownChild]
    title_class: ClassKey | None  # named above the header, or by the sheet
    headers: list[str] = field(default_factory=list)

    @property
    def has_class_above(self) -> bool:
        return any(cleaning.text_of(row.raw.get(Field.CLASS)) for row in self.rows)

    @property
    def without_class(self) -> int:
        """Rows that wait because their cell is empty."""
        return sum(
            problem.code == "class_missing"
            for row in self.rows
            if (problem := row.problems.get(Field.CLASS))
        )

    def of_kind(self, kind: RowKind) -> list[Row]:
        return [row for row in self.rows if row.kind == kind]

    @property
    def counts(self) -> Counter[str]:
        return Counter(str(row.kind) for row in self.rows)

    @property
    def goes_in(self) -> int:
        return sum(row.goes_in for row in self.rows)

    @property
    def with_parent_away(self) -> int:
        """Children of whom somebody would be asked each week."""
        return sum(row.goes_in and row.family.has_parent_away for row in self.rows)


# --- Reading rows --------------------------------------------------------------------------------


def rows_of(table: Table, mapping: Mapping[str, str], decisions: Mapping[str, str]) -> list[Row]:
    """Return the lines under the header that name a child, with the values that the user chose.

    Left out: empty lines, our template's example, totals and signatures at the foot, and headers
    repeated for printing.
    """
    columns = {int(column): name for column, name in mapping.items() if name}
    header = [cleaning.text_of(cell) for cell in table.rows[table.header_row]]
    rows = []
    for index, cells in enumerate(table.rows[table.header_row + 1 :], table.header_row + 2):
        raw = {name: cells[at] if at < len(cells) else None for at, name in columns.items()}
        texts = [cleaning.text_of(cell) for cell in cells]
        filled = [text for text in texts if text]
        is_empty = not any(map(cleaning.text_of, raw.values()))
        is_example = any(text.startswith(EXAMPLE) for text in filled[:2])
        if is_empty or is_example or texts == header:
            continue
        if len(filled) <= 3 and filled[0].startswith(TOTALS):
            continue
        for name in [*raw, Field.CLASS.value]:
            if f"{index},{name}" in decisions:
                raw[name] = decisions[f"{index},{name}"]
        rows.append(Row(index, raw))
    _fill_classes(rows, decisions.get(WITHOUT_CLASS, ""))
    return rows


def key_text(key: ClassKey) -> str:
    """How a decision names a class: 3.2."""
    return "{}.{}".format(*key)


def _fill_classes(rows: list[Row], decided: str) -> None:
    """ "Same as above" is what stands above; of an empty cell a person decides that (a merged cell is filled
    in its first row only), or which class all of them are in.
    """
    above: dict[str, Cell] = {}
    for row in rows:
        is_empty = not any(
            cleaning.text_of(row.raw.get(name)) for name in (Field.GRADE, Field.CLASS)
        )
        if is_empty and decided not in ("", ABOVE):
            row.raw[Field.CLASS] = decided
        for name in (Field.GRADE, Field.CLASS):
            text = cleaning.text_of(row.raw.get(name))
            if text in DITTO or (not text and decided == ABOVE):
                row.raw[name] = above.get(name)
            else:
                above[name] = row.raw.get(name)


_CLEANERS = {
    Field.NAME: cleaning.clean_name,
    Field.SEX: cleaning.clean_sex,
    Field.ID_NUMBER: cleaning.clean_id_number,
    Field.STUDENT_NUMBER: cleaning.clean_student_number,
    Field.IS_BOARDING: cleaning.clean_boarding,
    Field.DORMITORY: cleaning.clean_line(40),
    Field.VILLAGE: cleaning.clean_line(60),
    Field.ADDRESS: cleaning.clean_line(200),
    Field.PARENTS_PLACE: cleaning.clean_places,
    Field.IS_LEFT_BEHIND: cleaning.clean_left_behind,
    Field.CARER_RELATION: cleaning.clean_relation,
    Field.CARER_NAME: cleaning.clean_adult_name,
    Field.CARER_PHONE: cleaning.clean_phones,
}
for _parent in ("father", "mother"):
    _CLEANERS[Field(f"{_parent}_name")] = cleaning.clean_adult_name
    _CLEANERS[Field(f"{_parent}_phone")] = cleaning.clean_phones
    _CLEANERS[Field(f"{_parent}_place")] = partial(cleaning.clean_places, owner=_parent)


def _clean(row: Row, today: date) -> None:
    for name, cell in row.raw.items():
        if name == Field.BORN_ON:
            row.cells[name] = cleaning.clean_date(cell, today)
        elif name not in (Field.CLASS, Field.GRADE):
            row.cells[name] = _CLEANERS[Field(name)](cell)
    if Field.NAME not in row.cells:
        row.cells[Field.NAME] = cleaning.clean_name(None)
    _compare_with_id(row)
    # "同奶奶" (the same as grandmother's): offer the carer's number.
    carer: PhoneCell | None = row.value(Field.CARER_PHONE)
    for name in (Field.FATHER_PHONE, Field.MOTHER_PHONE):
        phone = row.cells.get(name)
        if phone and phone.problem and phone.problem.code == "phone_letters":
            fix = carer.addresses[0] if carer and carer.addresses else None
            row.cells[name] = replace(phone, problem=replace(phone.problem, fix=fix))


def _compare_with_id(row: Row) -> None:
    """Fill in birthday and sex from the identity card number, and complain where they differ from it."""
    number = row.value(Field.ID_NUMBER)
    if not number:
        return
    said = {Field.BORN_ON: cleaning.id_birthday(number), Field.SEX: cleaning.id_sex(number)}
    codes = {Field.BORN_ON: "date_differs_from_id", Field.SEX: "sex_differs_from_id"}
    for name, expected in said.items():
        cell = row.cells.get(name, Cleaned())
        if cell.value is None and cell.problem is None:
            row.cells[name] = Cleaned(expected)
        elif cell.problem is not None:
            row.cells[name] = replace(cell, problem=replace(cell.problem, fix=str(expected)))
        elif cell.value != expected:
            row.complain(name, Problem(codes[name], fix=str(expected)))


# --- Checking ------------------------------------------------------------------------------------


def check(
    table: Table, mapping: Mapping[str, str], decisions: Mapping[str, str], world: World
) -> Checked:
    rows = rows_of(table, mapping, decisions)
    for row in rows:
        _clean(row, world.today)
    missing = _find_classes(rows, decisions, world)
    _find_children(rows, decisions, world)
    _find_duplicates(rows, decisions)
    book = AdultBook(world.families, world.today)
    for row in rows:
        is_enrolled = row.child is not None and row.child.enrolment is not None
        if row.class_key is None and not is_enrolled:
            row.complain(Field.CLASS, Problem("class_missing"))
        row.people = people_of(row, world)
        _ask_for_zones(row)
        if decisions.get(f"{row.number},{ROW}") == SKIP:
            row.kind = RowKind.SKIPPED
        elif row.is_blocked:
            row.kind = RowKind.BLOCKED
        else:
            _plan(row, world, book)
    new_classes = sorted({row.class_key for row in rows if row.goes_in and row.class_key})
    found = {row.child.pk for row in rows if row.child}
    return Checked(
        rows,
        book,
        missing,
        [key for key in new_classes if key not in world.classes],
        [c for c in world.children.values() if c.enrolment and c.pk not in found],
        _class_in_title(table),
        table.headers,
    )


def _class_in_title(table: Table) -> ClassKey | None:
    above = [cell for cells in table.rows[: table.header_row] for cell in cells]
    return next(filter(None, map(cleaning.class_in_title, [*above, table.sheet])), None)


def class_decision_key(row: Row) -> str:
    """Return one key for all rows that write a class in the same way: one decision serves them all."""
    grade = cleaning.text_of(row.raw.get(Field.GRADE))
    return f"class,{grade},{cleaning.text_of(row.raw.get(Field.CLASS))}"


def _find_classes(rows: list[Row], decisions: Mapping[str, str], world: World) -> Counter[ClassKey]:
    missing: Counter[ClassKey] = Counter()
    for row in rows:
        cell, grade = row.raw.get(Field.CLASS), row.raw.get(Field.GRADE)
        decided = decisions.get(class_decision_key(row), "")
        if cell and cell == decisions.get(WITHOUT_CLASS):
            decided = str(cell)
        key = cleaning.parse_class(decided or cell, None if decided else grade)
        row.class_key = key if key in world.classes or decided else None
        if row.class_key:
            row.cells[Field.CLASS] = Cleaned(row.class_key)
        elif cleaning.is_nothing(cleaning.text_of(cell)):
            row.cells[Field.CLASS] = Cleaned()
        else:
            code = "class_unknown" if key else "class_unread"
            row.cells[Field.CLASS] = Cleaned(key, Problem(code))
            missing.update([key] if key else [])
    return missing


def _find_children(rows: list[Row], decisions: Mapping[str, str], world: World) -> None:
    codes = {"id_number": "id_of_other_child", "student_number": "number_of_other_child"}
    by_number = {
        key: {str(c.fields[key]): c for c in world.children.values() if c.fields[key]}
        for key in codes
    }
    by_name: dict[str, list[KnownChild]] = defaultdict(list)
    for child in world.children.values():
        by_name[str(child.fields["name"])].append(child)
    taken: dict[int, Row] = {}
    for row in rows:
        name = row.value(Field.NAME)
        if not name:
            continue
        is_same = decisions.get(f"{row.number},match") == SAME
        key = next((key for key in codes if row.value(key) in by_number[key]), None)
        if key is None:
            row.child = _by_name_and_birthday(row, by_name[name], is_same)
        else:
            row.child = by_number[key][row.value(key)]
            if row.child.fields["name"] != name and not is_same:
                facts = {"name": row.child.fields["name"]}
                row.complain(key, Problem(codes[key], facts, fix=SAME))
        if row.child and row.child.pk in taken:
            _complain_twice(row, taken[row.child.pk])
        elif row.child:
            taken[row.child.pk] = row


def _by_name_and_birthday(
    row: Row, namesakes: list[KnownChild], is_same: bool
) -> KnownChild | None:
    born_on = row.value(Field.BORN_ON)
    if born_on is None:
        in_class = [c for c in namesakes if _is_in_class(c, row)]
        return in_class[0] if len(in_class) == 1 else None
    alike = [c for c in namesakes if c.fields["born_on"] == born_on]
    if len(alike) > 1:
        alike = [c for c in alike if _is_in_class(c, row)] or alike
    if len(alike) > 1:
        row.complain(Field.NAME, Problem("several_children"))
        return None
    if not alike:
        return None
    number, known = row.value(Field.ID_NUMBER), alike[0].fields
    if number and known["id_number"] and number != known["id_number"] and not is_same:
        facts = {"name": known["name"]}
        row.complain(Field.ID_NUMBER, Problem("same_name_and_birthday", facts, fix=SAME))
    return alike[0]


def _is_in_class(child: KnownChild, row: Row) -> bool:
    found = row.cells[Field.CLASS].value
    return bool(child.enrolment and found and row.class_key and child.enrolment.class_key == found)


def _find_duplicates(rows: list[Row], decisions: Mapping[str, str]) -> None:
    seen: dict[tuple, Row] = {}
    for row in rows:
        if decisions.get(f"{row.number},{ROW}") == SKIP:
            continue
        name, born_on = row.value(Field.NAME), row.value(Field.BORN_ON)
        keys: list[tuple] = [
            (key, row.value(key)) for key in ("id_number", "student_number") if row.value(key)
        ]
        if name and not row.value(Field.ID_NUMBER):
            keys.append((name, born_on, row.class_key))
        for key in keys:
            if (first := seen.setdefault(key, row)) is not row:
                _complain_twice(row, first)
                break


def _complain_twice(row: Row, first: Row) -> None:
    same = first.value(Field.NAME) == row.value(Field.NAME)
    at = Field.ID_NUMBER if row.value(Field.ID_NUMBER) else Field.NAME
    code = "duplicate_row" if same else "number_of_row"
    row.complain(at, Problem(code, {"row": first.number}, fix=SKIP if same else None))


def _plan(row: Row, world: World, book: AdultBook) -> None:
    child = row.child
    since = world.today if child else min(world.today, world.year_starts_on)
    # An empty cell leaves what is known.
    fields = {key: row.value(key) for key in COMPARED if row.value(key) not in (None, "")}
    if child:
        known = child.fields
        fields = {key: value for key, value in fields.items() if value != known[key]}
        row.changes = [Change(k, _written(known[k]), _written(v)) for k, v in fields.items()]
    move = None
    if row.class_key is not None:
        class_id = world.classes.get(row.class_key, (NEW_CLASS, ""))[0]
        now = child.enrolment if child else None
        moves_on = world.year_starts_on if world.is_ahead else world.today
        begins = min(moves_on, world.year_starts_on)
        if now is None:
            move = Move(class_id, moves_on if world.is_ahead else since)
        elif now.class_id != class_id:
            is_next_year = now.year_id != world.year_id and now.starts_on < begins
            move = Move(class_id, begins if is_next_year else moves_on, now.pk)
    row.facts = ChildFacts(row.number, child.pk if child else None, fields, move)
    if child and move:
        before = child.enrolment.class_name if child.enrolment else ""
        row.changes.append(Change("class", before, class_text(row, world)))
    ties = world.families.ties.get(child.pk, []) if child else []
    row.family = plan_family(row.number, row.people, ties, book, since)
    row.changes += row.family.changes
    is_changed = any(not change.kept for change in row.changes)
    row.kind = RowKind.NEW if child is None else RowKind.CHANGED if is_changed else RowKind.SAME


def _written(value: object) -> str:
    return "" if value is None else str(value)


def class_text(row: Row, world: World) -> str:
    if row.class_key in world.classes:
        return world.classes[row.class_key][1]
    return class_name(*row.class_key) if row.class_key else ""


# --- Families ------------------------------------------------------------------------------------


def people_of(row: Row, world: World) -> list[Person]:
    """Father, mother and carer of one row; a carer who is the father is the father."""
    people = _merged(row, world)
    for role, place in _places_of(row, people, world).items():
        if people[role].condition is None:
            people[role] = replace(people[role], place=place)
    return list(people.values())


def _merged(row: Row, world: World) -> dict[str, Person]:
    people = {role: _person(row, role, world) for role in PEOPLE}
    carer = people["carer"]
    for role in ("father", "mother"):
        parent = people[role]
        is_parent = carer.relation == role or (carer.name and carer.name == parent.name)
        if is_parent and (not carer.name or not parent.name or carer.name == parent.name):
            numbers = dict.fromkeys([*parent.phones.addresses, *carer.phones.addresses])
            written = parent.phones if parent.phones.written else carer.phones
            phones = replace(written, addresses=tuple(numbers))
            people[role] = replace(parent, name=parent.name or carer.name, phones=phones)
            del people["carer"]
            break
    return people


def _places_of(row: Row, people: dict[str, Person], world: World) -> dict[str, Place]:
    """Where father and mother live. What names one of them comes first, then a place for both, then the word
    that the child is left behind; these hold for the parents who are named or known, else for both.
    """
    own = {role: row.value(f"{role}_place") or Places() for role in PARENTS}
    of_both = row.value(Field.PARENTS_PLACE) or Places()
    found = of_both.of | own["father"].of | own["mother"].of
    found |= {role: said.bare for role, said in own.items() if said.bare}
    living = [role for role in PARENTS if people[role].condition is None]
    meant = _parents_meant(row, living, people, world)
    left_behind = row.value(Field.IS_LEFT_BEHIND)
    away = Place(is_away=True, is_implied=True)
    if of_both.bare:
        shared = replace(of_both.bare, is_implied=len(meant) > 1)
        found = dict.fromkeys(meant, shared) | found
    if left_behind == "both":
        found = dict.fromkeys(living, away) | found
    elif left_behind in PARENTS:
        found = {left_behind: away} | found
    elif left_behind == "one" and len(living) == 1:
        found = dict.fromkeys(living, away) | found
    elif left_behind == "yes" and not any(place.is_away for place in found.values()):
        found = dict.fromkeys((role for role in meant if role not in found), away) | found
    return found


def _parents_meant(
    row: Row, living: list[str], people: dict[str, Person], world: World
) -> list[str]:
    ties = world.families.ties.get(row.child.pk, []) if row.child else []
    known = {tie.relation for tie in ties if tie.kind == KIND.PARENT}
    return [role for role in living if people[role].says_something or role in known] or living


def _person(row: Row, role: str, world: World) -> Person:
    relation = row.value("carer_relation") or Relation.OTHER.value if role == "carer" else role
    name = row.value(f"{role}_name") or ""
    parts = ("name", "phone", "place")
    said = (cleaning.condition_of(row.raw.get(f"{role}_{part}")) for part in parts)
    condition = next((word for word in said if word), None) or _condition_said(row, role)
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
        None,
        condition,
    )


def _ask_for_zones(row: Row) -> None:
    """A country with several time zones does not say when its evening is."""
    for person in row.people:
        if person.place and zone_of(person.place.place).is_unclear:
            own = Field(f"{person.role}_place")
            name = own if own in row.cells else Field.PARENTS_PLACE
            row.complain(name, Problem("zone_unclear", blocks=False))


def _condition_said(row: Row, role: str) -> str | None:
    cells = [row.value(f"{parent}_place") for parent in ("parents", *PARENTS)]
    return next((c.conditions[role] for c in cells if c and role in c.conditions), None)
