"""The rows of a roster: the content of each cell, with the values that somebody chose. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any

from guardians.roster_queries import KnownFamilies
from rosters import cleaning, family_cells
from rosters.cleaning import Cleaned, PhoneCell, Problem
from rosters.columns import Field
from rosters.families import AdultBook, Change, FamilyPlan, Person
from rosters.reading import Cell, Table
from students.roster_actions import ChildFacts
from students.roster_queries import KnownChild

ClassKey = tuple[int, int]
ROW = "row"
SKIP, SAME = "skip", "same"
# The decision for every row without a class: ABOVE (merged cells), or one class such as "3.2".
WITHOUT_CLASS, ABOVE = "class,*", "above"
DITTO = {"同上", "同前", "〃", "″", '"', "''", "“", "”"}
EXAMPLE = "例:"  # the start of the example line in our own template
TOTALS = ("合计", "总计", "小计", "制表", "填表", "审核", "说明", "备注", "注:")


class RowKind(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    BLOCKED = "blocked"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class World:
    """What the school knows today. `year_id` is None if no school year has been opened."""

    today: date
    year_id: int | None
    year_starts_on: date
    classes: dict[ClassKey, tuple[int, str]]
    children: dict[int, KnownChild]
    families: KnownFamilies
    # The year has not begun: children are in their classes of its first day, and move on that day.
    is_ahead: bool
    # How to refer to a parent without a known name: {"father": "%s's father"}.
    stand_ins: Mapping[str, str]


@dataclass
class Row:
    """One row of the file. `number` is the row number in Excel."""

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
    is_class_merged: bool = False  # the class is in a merged cell that begins above
    questions: set[str] = field(
        default_factory=set
    )  # keys of the decisions for the whole file that this row needs

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
    # Classes that the file names and the school lacks → the number of rows that need them.
    missing_classes: Counter[ClassKey]
    # Classes that the user has decided to create.
    new_classes: list[ClassKey]
    absent: list[KnownChild]
    title_class: ClassKey | None  # named above the header, or by the sheet
    headers: list[str] = field(default_factory=list)

    @property
    def has_class_above(self) -> bool:
        return any(cleaning.text_of(row.raw.get(Field.CLASS)) for row in self.rows)

    @property
    def without_class(self) -> int:
        """Return how many rows wait because their class cell is empty."""
        return sum(
            problem.code == "class_missing"
            for row in self.rows
            if (problem := row.problems.get(Field.CLASS))
        )

    @property
    def merged_classes(self) -> int:
        return sum(row.is_class_merged for row in self.rows)

    def asking(self, key: str) -> int:
        """Return how many rows need this decision for the whole file, whether or not it has been made."""
        return sum(key in row.questions for row in self.rows)

    @property
    def counts(self) -> Counter[str]:
        return Counter(str(row.kind) for row in self.rows)

    @property
    def goes_in(self) -> int:
        return sum(row.goes_in for row in self.rows)

    @property
    def with_parent_away(self) -> int:
        """Return how many children we would ask somebody about each week."""
        return sum(row.goes_in and row.family.has_parent_away for row in self.rows)


def rows_of(table: Table, mapping: Mapping[str, str], decisions: Mapping[str, str]) -> list[Row]:
    """Return the rows below the header that name a child, with the values that the user chose.

    Leave out empty rows, our template's example, totals and signatures at the end, and headers repeated
    for printing.
    """
    columns = {int(column): name for column, name in mapping.items() if name}
    class_columns = {name: at for at, name in columns.items() if name in (Field.GRADE, Field.CLASS)}
    merged = _merged_down(table)
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
        above: dict[str, Cell] = {
            name: merged[index - 1, column]
            for name, column in class_columns.items()
            if (index - 1, column) in merged and not cleaning.text_of(raw[name])
        }
        raw |= above
        for name in [*raw, Field.CLASS.value]:
            if f"{index},{name}" in decisions:
                raw[name] = decisions[f"{index},{name}"]
        rows.append(Row(index, raw, is_class_merged=bool(above)))
    _fill_classes(rows, decisions.get(WITHOUT_CLASS, ""))
    return rows


def _merged_down(table: Table) -> dict[tuple[int, int], Cell]:
    """Return (row, column) → what the sheet shows there, for cells merged with one above them."""
    found: dict[tuple[int, int], Cell] = {}
    reached: dict[int, int] = {}  # merged cells never overlap in a sheet that Excel wrote
    for one in sorted(one for one in table.merged if one.top > table.header_row):
        first = table.rows[one.top][one.left] if one.top < len(table.rows) else None
        last = min(one.bottom, len(table.rows) - 1)
        for row in range(max(one.top, reached.get(one.left, 0)) + 1, last + 1):
            found[row, one.left] = first
        reached[one.left] = max(last, reached.get(one.left, 0))
    return found


def key_text(key: ClassKey) -> str:
    """Return how a decision names a class: 3.2."""
    return "{}.{}".format(*key)


def class_decision_key(row: Row) -> str:
    """Return one key for all rows that write a class the same way, so that one decision serves them all."""
    grade = cleaning.text_of(row.raw.get(Field.GRADE))
    return f"class,{grade},{cleaning.text_of(row.raw.get(Field.CLASS))}"


def _fill_classes(rows: list[Row], decided: str) -> None:
    """Fill in classes. "Same as above" takes the value from the row above.

    For an empty cell a person decides: take the row above (only the first row of a merged cell is
    filled), or one class for all of them.
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
    Field.PARENTS_PLACE: family_cells.clean_places,
    Field.IS_LEFT_BEHIND: family_cells.clean_left_behind,
    Field.CARER_RELATION: family_cells.clean_relation,
    Field.CARER_NAME: family_cells.clean_adult_name,
    Field.CARER_PHONE: cleaning.clean_phones,
    Field.FAMILY_PHONE: cleaning.clean_phones,
}
for _parent in ("father", "mother"):
    _CLEANERS[Field(f"{_parent}_name")] = family_cells.clean_adult_name
    _CLEANERS[Field(f"{_parent}_phone")] = cleaning.clean_phones
    _CLEANERS[Field(f"{_parent}_place")] = partial(family_cells.clean_places, owner=_parent)


def clean(row: Row, today: date) -> None:
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
    """Fill in birthday and sex from the ID number, or report a problem if they differ from it."""
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
