"""Check the rows of a roster against what the school knows: what each would change, and what prevents it.

Pure. The preview and the import run the same check, so that the import does only what was shown.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import chain

from rosters import cleaning
from rosters.cleaning import Cleaned, Problem
from rosters.columns import Field, carer_called
from rosters.families import AdultBook, Change, plan_family
from rosters.people import Said, ask_for_zones, people_of
from rosters.reading import Table
from rosters.rows import (
    ROW,
    SAME,
    SKIP,
    WITHOUT_CLASS,
    Checked,
    ClassKey,
    Row,
    RowKind,
    World,
    class_decision_key,
    clean,
    rows_of,
)
from schools.actions import class_name
from students.roster_actions import ChildFacts, Move
from students.roster_queries import COMPARED, KnownChild

NEW_CLASS = -1  # the id of a class that the import creates first


def check(
    table: Table, mapping: Mapping[str, str], decisions: Mapping[str, str], world: World
) -> Checked:
    rows = rows_of(table, mapping, decisions)
    for row in rows:
        clean(row, world.today)
    missing = _find_classes(rows, decisions, world)
    _find_children(rows, decisions, world)
    _find_duplicates(rows, decisions)
    book = AdultBook(world.families, world.today)
    columns_of = {int(column): name for column, name in mapping.items()}
    said = Said(carer_called(table.headers, columns_of), decisions)
    for row in rows:
        is_enrolled = row.child is not None and row.child.enrolment is not None
        if row.class_key is None and not is_enrolled:
            row.complain(Field.CLASS, Problem("class_missing"))
        row.people = people_of(row, world, said)
        ask_for_zones(row)
        if decisions.get(f"{row.number},{ROW}") == SKIP:
            row.kind = RowKind.SKIPPED
        elif row.is_blocked:
            row.kind = RowKind.BLOCKED
        else:
            _plan(row, world, book)
    new_classes = sorted({row.class_key for row in rows if row.goes_in and row.class_key})
    found = {row.child.pk for row in rows if row.child}
    titles = [*chain.from_iterable(table.rows[: table.header_row]), table.sheet]
    return Checked(
        rows,
        book,
        missing,
        [key for key in new_classes if key not in world.classes],
        [c for c in world.children.values() if c.enrolment and c.pk not in found],
        next(filter(None, map(cleaning.class_in_title, titles)), None),
        table.headers,
    )


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
    # An empty cell leaves the known value unchanged.
    fields = {key: row.value(key) for key in COMPARED if row.value(key) not in (None, "")}
    if child:
        known = child.fields
        fields = {key: value for key, value in fields.items() if value != known[key]}
        row.changes = [Change(k, _written(known[k]), _written(v)) for k, v in fields.items()]
    move, name = None, ""
    if row.class_key is not None:
        made = (NEW_CLASS, class_name(*row.class_key))
        class_id, name = world.classes.get(row.class_key, made)
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
        row.changes.append(Change("class", before, name))
    ties = world.families.ties.get(child.pk, []) if child else []
    row.family = plan_family(row.number, row.people, ties, book, since)
    row.changes += row.family.changes
    is_changed = any(not change.kept for change in row.changes)
    row.kind = RowKind.NEW if child is None else RowKind.CHANGED if is_changed else RowKind.SAME


def _written(value: object) -> str:
    return "" if value is None else str(value)
