"""What the columns of a sheet of past results mean, and what is wrong in a cell. Pure."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from surveys.instruments import CARER, PARENT, PUPIL, STAFF, SUM, Instrument

UNUSED, NAME, CLASS, NUMBER, VALIDITY = "", "name", "class", "number", "validity"
SCALE = "scale-"  # before the id of a scale
BACK_YEARS = 6  # a whole primary school: older sums say nothing about today
UNDO_HOURS = 24
MAX_ROWS, MAX_COLUMNS = 3000, 120  # a large school; MHT with all its answers beside the sums

# Headings by which we propose the meaning of columns, in lower case. Printed score sheets use these names for
# the parts of MHT and SDQ; the user sees what was proposed and may change it.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    NAME: ("姓名", "学生姓名", "学生", "name"),
    CLASS: ("班级", "班", "年级班级", "class"),
    NUMBER: ("学籍号", "全国学籍号", "student number"),
    VALIDITY: ("效度", "效度量表", "测谎", "l", "validity"),
}
SCALE_HEADINGS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "mht": {
        "total": ("总分", "mht总分", "总量表分"),
        "study": ("学习焦虑",),
        "people": ("对人焦虑",),
        "alone": ("孤独倾向",),
        "blame": ("自责倾向",),
        "touchy": ("过敏倾向",),
        "body": ("身体症状",),
        "fear": ("恐怖倾向",),
        "rash": ("冲动倾向",),
    },
    "sdq": {
        "total": ("总分", "困难总分"),
        "emotional": ("情绪症状", "情绪问题"),
        "conduct": ("品行问题",),
        "activity": ("多动", "多动注意不能", "多动/注意力不集中"),
        "peers": ("同伴交往问题", "同伴问题", "同伴关系"),
        "prosocial": ("亲社会行为", "社会行为"),
    },
}

# How a round asks the same people: only such a form may be compared (surveys.models.Round.How).
HOW = {PUPIL: "class", STAFF: "staff", PARENT: "", CARER: ""}


@dataclass(frozen=True)
class Child:
    """A child at the school today.

    `classes`: names of today's class and of the class on the day of the survey.
    """

    pk: int
    name: str
    number: str = ""
    classes: frozenset[str] = frozenset()
    # "" if the ground covers it; else "refused" or "no_consent".
    why_not: str = ""
    has_result: bool = False  # of the same survey, from another sheet


@dataclass(frozen=True)
class Problem:
    """A problem; `code` is a key of surveys.past.presenters.PROBLEM_WORDS."""

    code: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Row:
    """One child. `problems` keep the row out, `notes` do not; both by column (-1: the whole row)."""

    line: int
    cells: list[str]
    child: Child | None = None
    values: dict[str, Decimal] = field(default_factory=dict)
    problems: dict[int, Problem] = field(default_factory=dict)
    notes: dict[int, Problem] = field(default_factory=dict)

    @property
    def goes_in(self) -> bool:
        return not self.problems and bool(self.values)


def guess(headers: Sequence[str], instrument: Instrument) -> dict[int, str]:
    """Return {column: meaning}, each meaning once: the first column with its name."""
    known = {word: kind for kind, words in HEADINGS.items() for word in words}
    if instrument.void_from_validity is None:
        known = {word: kind for word, kind in known.items() if kind != VALIDITY}
    for scale in instrument.scales:
        ours = SCALE_HEADINGS.get(instrument.key, {}).get(scale.id, ())
        for word in (*scale.names.values(), *ours):
            known[word.lower()] = SCALE + scale.id
    found: dict[int, str] = {}
    for column, header in enumerate(headers):
        meaning = known.get("".join(header.split()).lower()) or known.get(header.strip().lower())
        if meaning and meaning not in found.values():
            found[column] = meaning
    return found


def check(
    lines: Sequence[Sequence[str]],
    mapping: Mapping[int, str],
    instrument: Instrument,
    most: Mapping[str, Decimal],
    children: Collection[Child],
) -> list[Row]:
    """Return the checked rows.

    `lines`: number and cells; `most`: the highest possible value of each scale.
    """
    by_name: dict[str, list[Child]] = defaultdict(list)
    for child in children:
        by_name[child.name].append(child)
    by_number = {child.number: child for child in children if child.number}
    rows = []
    for number, *cells in lines:
        row = Row(int(number), list(cells))
        _find_child(row, mapping, by_name, by_number)
        for column, meaning in mapping.items():
            text = cells[column].strip() if column < len(cells) else ""
            if meaning == VALIDITY:
                _check_validity(row, column, text, instrument)
            elif meaning.startswith(SCALE) and text:
                _read_value(row, column, text, meaning.removeprefix(SCALE), most)
        if not row.problems and not row.values:
            row.problems[-1] = Problem("no_value")
        _compare_total(row, mapping, instrument)
        rows.append(row)
    seen = Counter(row.child.pk for row in rows if row.child)
    for row in rows:
        if row.child and seen[row.child.pk] > 1:
            row.problems.setdefault(-1, Problem("twice"))
    return rows


def _find_child(
    row: Row,
    mapping: Mapping[int, str],
    by_name: Mapping[str, list[Child]],
    by_number: Mapping[str, Child],
) -> None:
    """Find the child by student number if there is one, else by name.

    If several share the name, the class decides.
    """
    place = {meaning: column for column, meaning in mapping.items()}
    said = {
        kind: "".join(row.cells[place[kind]].split())
        for kind in (NAME, CLASS, NUMBER)
        if kind in place and place[kind] < len(row.cells)
    }
    column, name = place.get(NAME, -1), said.get(NAME, "")
    if not name:
        row.problems[column] = Problem("no_name")
        return
    found = [one] if (one := by_number.get(said.get(NUMBER, ""))) else list(by_name.get(name, ()))
    if len(found) > 1:
        found = [one for one in found if said.get(CLASS, "") in one.classes]
        if len(found) != 1:
            row.problems[column] = Problem("several")
            return
    if not found:
        row.problems[column] = Problem("nobody")
    elif found[0].name != name:
        row.problems[column] = Problem("other_name", {"name": found[0].name})
    else:
        row.child = found[0]
        if found[0].why_not:
            row.problems[-1] = Problem(found[0].why_not)
        elif found[0].has_result:
            row.problems[-1] = Problem("has_result")


def _number(text: str) -> Decimal | None:
    """Return the number, with at most two decimal places; None if it is not one."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    is_plain = value.is_finite() and abs(value) < 10**5
    return value if is_plain and value == round(value, 2) else None


def _read_value(row: Row, column: int, text: str, scale: str, most: Mapping[str, Decimal]) -> None:
    value = _number(text)
    if value is None:
        row.problems[column] = Problem("no_number")
    elif not 0 <= value <= most[scale]:
        row.problems[column] = Problem("out_of_range", {"most": f"{most[scale]:g}"})
    else:
        row.values[scale] = value


def _check_validity(row: Row, column: int, text: str, instrument: Instrument) -> None:
    value, limit = _number(text), instrument.void_from_validity
    if text and value is None:
        row.problems[column] = Problem("no_number")
    elif value is not None and limit is not None and value >= limit:
        row.problems[column] = Problem("void", {"limit": str(limit)})


def _compare_total(row: Row, mapping: Mapping[int, str], instrument: Instrument) -> None:
    """Note a total that differs from the sum of its parts; we keep it as the school wrote it."""
    place = {meaning: column for column, meaning in mapping.items()}
    for scale in instrument.scales:
        parts = [row.values.get(one) for one in scale.of]
        if scale.id not in row.values or not parts or scale.method != SUM:
            continue
        known = [one for one in parts if one is not None]
        if len(known) == len(parts) and sum(known) != row.values[scale.id]:
            told = {"sum": f"{sum(known):g}"}
            row.notes[place[SCALE + scale.id]] = Problem("total_differs", told)
