"""Enter the children of a class from paper: a sheet of lines, each a child with its family.

Cells are parsed like those of a roster (any usual spelling of a date, a number, a relation), and an error is
shown at its cell. Each line has a key, so a line that is sent twice makes one child.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from core.requests import key_of
from guardians.blocking.suspects import keep_from_kin
from guardians.models import Adult, ContactPoint, Guardianship, Relation
from guardians.roster_actions import (
    AdultFacts,
    PhoneFacts,
    Residence,
    TieFacts,
    write_adults,
    write_ties,
)
from rosters import cleaning, family_cells
from rosters.words import problem_text
from schools.models import SchoolClass
from students.actions import assign_picture_codes, enrol_child
from students.models import Student

LINES_AT_FIRST = 2  # Enter adds the next line
LINES_MORE = 8
LINES_MAX = 55  # a form may have a thousand fields, a line has seventeen


@dataclass(frozen=True)
class Cell:
    """`mode` is the keyboard that a phone shows; `size` is the width in twelfths."""

    key: str
    label: str | Promise
    size: int
    mode: str = "text"
    hint: str | Promise = ""


CHILD = (
    Cell("name", pgettext_lazy("of a person", "Name"), 2),
    Cell("sex", gettext_lazy("Sex"), 1, hint=gettext_lazy("m / f")),
    Cell("born", gettext_lazy("Born on"), 2, "numeric", gettext_lazy("20170504")),
    Cell("id_number", gettext_lazy("Identity number"), 3),
    Cell("village", gettext_lazy("Village"), 2),
    Cell("boards", gettext_lazy("Boards"), 2, hint=gettext_lazy("yes / no")),
)
FAMILY = (
    Cell("father", gettext_lazy("Father"), 1),
    Cell("father_place", gettext_lazy("Works in"), 1, hint=gettext_lazy("at home")),
    Cell("father_phone", gettext_lazy("Father's phone"), 2, "tel"),
    Cell("mother", gettext_lazy("Mother"), 1),
    Cell("mother_place", gettext_lazy("Works in"), 1, hint=gettext_lazy("at home")),
    Cell("mother_phone", gettext_lazy("Mother's phone"), 2, "tel"),
    Cell("carer", gettext_lazy("Carer"), 1),
    Cell("carer_relation", gettext_lazy("Relation to the child"), 1),
    Cell("carer_phone", gettext_lazy("Carer's phone"), 2, "tel"),
)
CELLS = (*CHILD, *FAMILY)
WHO = ("father", "mother", "carer")
PARENTS = {"father": Relation.FATHER.value, "mother": Relation.MOTHER.value}
FILE_FIELDS = ("name", "sex", "born_on", "id_number", "village", "is_boarding")


@dataclass
class Line:
    """A line of the sheet.

    For each cell: what was typed, the value parsed from it, and what is wrong with it.
    """

    number: int
    key: UUID
    typed: dict[str, str]
    is_other: bool = False  # "yes, another child of this name and birthday"
    value: dict[str, object] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    child: Student | None = None
    asks_if_other: bool = False

    @property
    def is_blank(self) -> bool:
        return not any(self.typed.values())


def blank_lines(count: int, start: int = 0) -> list[Line]:
    return [Line(number, uuid4(), {}) for number in range(start, start + count)]


def lines_of(data: Mapping[str, str]) -> list[Line]:
    """Return the lines of a posted sheet in order; a line without a valid key gets a new one."""
    named = (key_of(part) for part in data.get("lines", "").split())
    numbers = [number for number in named if number is not None]
    lines = []
    for number in dict.fromkeys(numbers[:LINES_MAX]):
        try:
            key = UUID(data.get(f"{number}-key", ""))
        except ValueError:
            key = uuid4()
        typed = {cell.key: data.get(f"{number}-{cell.key}", "").strip() for cell in CELLS}
        lines.append(Line(number, key, typed, is_other=bool(data.get(f"{number}-other"))))
    return lines


def read(lines: Sequence[Line], school_class: SchoolClass, today: date) -> None:
    """Fill in `value`, `wrong` and, for lines that are already saved, `child`."""
    taken = Student.objects.filter(entry_key__in=[line.key for line in lines])
    here = {child.entry_key: child for child in taken.filter(school_id=school_class.school_id)}
    for line in lines:
        line.child = here.get(line.key)
        if not line.is_blank and line.child is None:
            _read_child(line, today)
            for who in WHO:
                _read_adult(line, who)
    filled = [line for line in lines if line.value]
    at_school = Student.objects.filter(school_id=school_class.school_id)
    numbers = {str(line.value["id_number"]) for line in filled} - {""}
    known_numbers = set(at_school.filter(id_number__in=numbers).values_list("id_number", flat=True))
    names = {str(line.value["name"]) for line in filled}
    known_names: set[tuple[object, object]] = set(
        at_school.filter(name__in=names).values_list("name", "born_on")
    )
    for line in filled:
        number = line.value["id_number"]
        child = (line.value["name"], line.value["born_on"])
        if number and number in known_numbers:
            line.wrong.setdefault("id_number", _("Another child at this school has this number."))
        if number:
            known_numbers.add(str(number))
        if child[0] and child in known_names and not line.is_other:
            line.wrong.setdefault(
                "name", _("There is already a child with this name and birthday.")
            )
            line.asks_if_other = True
        known_names.add(child)


def _take(line: Line, cell: str, cleaned: cleaning.Cleaned) -> object:
    if cleaned.problem is not None:
        line.wrong[cell] = problem_text(cleaned.problem)
    return cleaned.value


def _read_child(line: Line, today: date) -> None:
    typed, value = line.typed, line.value
    value["name"] = _take(line, "name", cleaning.clean_name(typed["name"]))
    value["sex"] = _take(line, "sex", cleaning.clean_sex(typed["sex"])) or ""
    value["born_on"] = _take(line, "born", cleaning.clean_date(typed["born"], today))
    value["village"] = _take(line, "village", cleaning.clean_line(60)(typed["village"]))
    boards = cleaning.clean_boarding(typed["boards"]) if typed["boards"] else cleaning.Cleaned()
    value["is_boarding"] = _take(line, "boards", boards)
    number = _take(line, "id_number", cleaning.clean_id_number(typed["id_number"]))
    value["id_number"] = number
    if not isinstance(number, str) or not number or "id_number" in line.wrong:
        return
    # The number contains birthday and sex, so nobody has to type them; if typed, they must not contradict
    # it.
    born = cleaning.clean_date(cleaning.id_birthday(number), today)
    if born.problem is not None:
        line.wrong["id_number"] = problem_text(born.problem)
    for cell, key, said in (
        ("born", "born_on", born.value),
        ("sex", "sex", cleaning.id_sex(number)),
    ):
        if value[key] and value[key] != said and cell not in line.wrong:
            line.wrong[cell] = _("The identity number says otherwise.")
        value[key] = value[key] or said


def _read_adult(line: Line, who: str) -> None:
    typed, value = line.typed, line.value
    value[who] = _take(line, who, family_cells.clean_adult_name(typed[who]))
    phones = _take(line, f"{who}_phone", cleaning.clean_phones(typed[f"{who}_phone"]))
    value[f"{who}_phone"] = phones
    place = relation = None
    if who == "carer":
        relation = _take(
            line, "carer_relation", family_cells.clean_relation(typed["carer_relation"])
        )
        value["carer_relation"] = relation
    else:
        place = value[f"{who}_place"] = _take(
            line, f"{who}_place", family_cells.clean_place(typed[f"{who}_place"])
        )
        value[f"{who}_condition"] = family_cells.condition_of(typed[who])
    says_more = place is not None or relation or typed[f"{who}_phone"]
    if says_more and not value[who] and who not in line.wrong:
        line.wrong[who] = _("Whose is this? Please enter the name.")
    if who == "carer" and value[who] and not relation and "carer_relation" not in line.wrong:
        line.wrong["carer_relation"] = _("What is this person to the child?")


class SheetRefused(Exception):
    """Somebody else entered one of these children at the same moment; nothing was saved."""


def save(
    lines: Sequence[Line],
    *,
    school_class: SchoolClass,
    starts_on: date,
    today: date,
    by: User,
    at: datetime,
) -> int:
    """Save all lines that are correct and not yet saved, or none. Return the number of new children."""
    fresh = [line for line in lines if line.value and not line.wrong and line.child is None]
    if not fresh:
        return 0
    count = 0
    try:
        with transaction.atomic():
            SchoolClass.objects.select_for_update().get(pk=school_class.pk)
            for line in fresh:
                line.child, is_new = enrol_child(
                    school_class=school_class,
                    starts_on=starts_on,
                    fields={key: line.value[key] for key in FILE_FIELDS},
                    key=line.key,
                    by=by,
                )
                count += is_new
            _write_families(fresh, school_class, today, by)
            ids = [line.child.pk for line in fresh if line.child]
            keep_from_kin(at=at, student_ids=ids)
            assign_picture_codes(school_class=school_class, on=max(starts_on, today), among=ids)
    except IntegrityError as error:
        for line in fresh:
            line.child = None
        raise SheetRefused from error
    return count


def _write_families(
    lines: Sequence[Line], school_class: SchoolClass, today: date, by: User
) -> None:
    """Save one record for an adult who is in several lines, or who is already on record with this name and
    number: brothers and sisters share one mother.
    """
    # A blocked adult is never found by number; that record stays theirs alone.
    points = ContactPoint.objects.filter(
        school_id=school_class.school_id,
        address__in={number for line in lines for who in WHO for number in _numbers(line, who)},
        adult__blocked_at=None,
        adult__merged_into=None,
    ).values_list("adult__name", "address", "adult_id")
    known = {(name, address): pk for name, address, pk in points}
    ids: dict[str, int] = {}
    adults: dict[str, tuple[int, AdultFacts]] = {}
    ties: dict[tuple[int, str, str], TieFacts] = {}
    for line in lines:
        for place, who in enumerate(WHO, 1):
            if line.value[who]:
                facts = _adult(line, who, known, today)
                adults.setdefault(facts.key, (line.number, facts))
                relation = PARENTS.get(who) or str(line.value["carer_relation"])
                kind = Guardianship.Kind.PARENT if who in PARENTS else Guardianship.Kind.CARER
                ties[line.number, facts.key, kind] = TieFacts(
                    line.number, facts.key, relation, kind, place, today
                )
    school = school_class.school
    write_adults(school=school, adults=list(adults.values()), ids=ids, by=by)
    children = {line.number: line.child.pk for line in lines if line.child}
    tied = list(ties.values())
    write_ties(school=school, ended=[], ties=tied, student_ids=children, adult_ids=ids)


def _person(line: Line, who: str) -> str:
    """Return the parent whom the sheet also names as the carer, so that both cells are one person."""
    if who == "carer":
        return next((one for one in WHO if line.value[one] == line.value[who]), who)
    return who


def _numbers(line: Line, who: str) -> tuple[str, ...]:
    cells = [line.value[f"{one}_phone"] for one in WHO if _person(line, one) == who]
    found = [cell.addresses for cell in cells if isinstance(cell, cleaning.PhoneCell)]
    return tuple(dict.fromkeys(number for numbers in found for number in numbers))


def _adult(line: Line, who: str, known: dict[tuple[str, str], int], today: date) -> AdultFacts:
    who = _person(line, who)
    name, numbers = str(line.value[who]), _numbers(line, who)
    found = next((known[name, number] for number in numbers if (name, number) in known), None)
    if found is not None:
        return AdultFacts(key=f"known {found}", adult_id=found)
    key = f"{name} {numbers[0] if numbers else f'{line.number} {who}'}"
    condition = line.value.get(f"{who}_condition")
    fields: dict[str, object] = {"name": name} | ({"condition": condition} if condition else {})
    if who == "carer":
        fields["legal_basis"] = Adult.LegalBasis.ENTRUSTED_CARE
    phones = [
        PhoneFacts(address=number, as_written=number, priority=place)
        for place, number in enumerate(numbers, 1)
    ]
    place, residence = line.value.get(f"{who}_place"), None
    if isinstance(place, family_cells.Place) and not condition:
        residence = Residence(is_away=place.is_away, place=place.place, starts_on=today)
    return AdultFacts(key, None, fields, phones, residence)
