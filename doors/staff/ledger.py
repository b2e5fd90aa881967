"""The county's ledger of left-behind children (留守儿童台账) as Excel, from the fields of the file.

Its columns are those of the registration form of 民发〔2016〕42号 (annex 1), plus the state of contact. This
statutory ledger is the only paper that states the legal status; the facts behind it are in the columns
beside it, so that a reader can see why.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from core.downloads import put_text, saved
from doors.staff.file_sheets import Known, phones_of
from guardians import presenters as family_words
from guardians.legal_status import legal_status_of
from guardians.models import Guardianship, Relation
from guardians.queries import FamilyMember
from guardians.rules import LegalStatus
from students.presenters import left_words
from students.queries import departure_of

AS_TEXT = "@"  # Excel leaves long numbers alone in text cells


class Part(TextChoices):
    """A group of columns that an office may or may not need. Columns without a part are in every ledger."""

    NUMBERS = "numbers", gettext_lazy("identity and student numbers")
    HOUSEHOLD = "household", gettext_lazy("household register, home and village")
    HEALTH = "health", gettext_lazy("illness, disability and state assistance")
    PARENTS = "parents", gettext_lazy("parents: where they are, work, phone")
    CARER = "carer", gettext_lazy("who cares for the child, and phone")
    STATUS = "status", gettext_lazy("left behind or not, contact, wish and notes")


# Ticked at first. Health data is included only if somebody decides so.
USUAL = [part for part in Part if part is not Part.HEALTH]


@dataclass(frozen=True)
class Column:
    title: str
    width: int
    value: Callable[[Known], object]
    part: str = ""


def columns() -> list[Column]:
    def field(name: str) -> Callable[[Known], object]:
        return lambda known: getattr(known.student, name)

    def chosen(name: str) -> Callable[[Known], object]:
        return lambda known: str(getattr(known.student, f"get_{name}_display")())

    def yes_no(name: str) -> Callable[[Known], object]:
        return lambda known: _yes_no(getattr(known.student, name))

    def disability(known: Known) -> str:
        own = known.student
        parts = [own.get_disability_display(), own.get_disability_level_display()]
        return _(", ").join(str(part) for part in parts if part)

    return [
        Column(pgettext("of a person", "Name"), 12, field("name")),
        Column(_("Sex"), 6, chosen("sex")),
        Column(_("Ethnicity"), 8, field("ethnicity")),
        Column(_("Born on"), 12, lambda known: _day(known.student.born_on)),
        Column(_("Identity number"), 21, field("id_number"), Part.NUMBERS),
        Column(_("Student number"), 21, field("student_number"), Part.NUMBERS),
        Column(_("School"), 20, lambda known: known.student.school.name),
        Column(_("Class"), 12, lambda k: k.enrolled[0].school_class.name if k.enrolled else ""),
        Column(_("Boards"), 8, yes_no("is_boarding")),
        Column(_("In a household register"), 10, yes_no("is_registered"), Part.HOUSEHOLD),
        Column(_("Registered at"), 24, field("registered_at"), Part.HOUSEHOLD),
        Column(_("Kind of registration"), 10, chosen("registration"), Part.HOUSEHOLD),
        Column(pgettext("ledger", "Home"), 28, field("address"), Part.HOUSEHOLD),
        Column(_("Village"), 12, field("village"), Part.HOUSEHOLD),
        Column(_("Long illness"), 16, field("illness"), Part.HEALTH),
        Column(_("Disability and level"), 16, disability, Part.HEALTH),
        Column(_("State assistance"), 16, field("assistance"), Part.HEALTH),
        *_of_parent(_("Father"), Relation.FATHER),
        *_of_parent(_("Mother"), Relation.MOTHER),
        *_of_carer_and_status(),
    ]


def _of_parent(who: str, relation: str) -> list[Column]:
    def of(read: Callable[[FamilyMember], object]) -> Callable[[Known], object]:
        def value(known: Known) -> object:
            own = (m for m in known.members if m.is_parent and m.guardianship.relation == relation)
            return _read(next(own, None), read)

        return value

    def whereabouts(member: FamilyMember) -> str:
        if not member.adult.may_be_asked_about:
            return str(member.adult.get_condition_display())
        if member.migration is None:
            return _("not known")
        return pgettext("ledger", "away") if member.migration.is_away else _("at home")

    return [
        Column(_("%(who)s: name") % {"who": who}, 10, of(lambda m: m.adult.name), Part.PARENTS),
        Column(_("%(who)s: away or at home") % {"who": who}, 10, of(whereabouts), Part.PARENTS),
        Column(
            _("%(who)s: where") % {"who": who}, 14, of(lambda m: _move(m, "place")), Part.PARENTS
        ),
        Column(
            _("%(who)s: since") % {"who": who},
            12,
            of(lambda m: _day(_move(m, "starts_on"))),
            Part.PARENTS,
        ),
        Column(_("%(who)s: work") % {"who": who}, 14, of(lambda m: _move(m, "work")), Part.PARENTS),
        Column(_("%(who)s: phone") % {"who": who}, 16, of(_phone), Part.PARENTS),
        Column(
            _("%(who)s: able to act as guardian") % {"who": who},
            10,
            of(lambda m: _yes_no(m.guardianship.has_capacity)),
            Part.PARENTS,
        ),
    ]


def _of_carer_and_status() -> list[Column]:
    def of(read: Callable[[FamilyMember], object]) -> Callable[[Known], object]:
        def value(known: Known) -> object:
            carers = (m for m in known.members if m.guardianship.kind == Guardianship.Kind.CARER)
            return _read(next((m for m in carers if not m.adult.is_blocked), None), read)

        return value

    def status(known: Known) -> str:
        found = legal_status_of(known.student, known.members, known.on)
        return {LegalStatus.YES: _("yes"), LegalStatus.NO: _("no")}.get(found, _("not known yet"))

    def to_ask(known: Known) -> str:
        found = legal_status_of(known.student, known.members, known.on)
        return " ".join(family_words.legal_words(found, known.members, known.student)[1:])

    def last_talk(known: Known) -> str:
        return _day(max((row.happened_on for row in known.family.latest.values()), default=None))

    def notes(known: Known) -> str:
        left = departure_of(known.enrolled)
        said = [left_words(left, known.on), left.left_to] if left else []
        return _(", ").join(filter(None, said))

    return [
        Column(_("Carer: name"), 10, of(lambda m: m.adult.name), Part.CARER),
        Column(
            _("Carer: to the child"),
            14,
            of(lambda m: family_words.called(m.guardianship)),
            Part.CARER,
        ),
        Column(_("Carer: phone"), 16, of(_phone), Part.CARER),
        Column(_("Carer: since"), 12, of(lambda m: _day(m.guardianship.starts_on)), Part.CARER),
        Column(_("Left behind (State Council 2016 no. 13)"), 12, status, Part.STATUS),
        Column(_("What to ask for that"), 24, to_ask, Part.STATUS),
        Column(_("Last talk with a parent"), 12, last_talk, Part.STATUS),
        Column(
            _("The family's wish"),
            20,
            lambda k: str(k.student.get_wish_kind_display()),
            Part.STATUS,
        ),
        Column(_("Notes"), 30, notes, Part.STATUS),
    ]


def _read(member: FamilyMember | None, read: Callable[[FamilyMember], object]) -> object:
    return "" if member is None else read(member)


def _move(member: FamilyMember, name: str):
    if member.migration is None or not member.adult.is_approachable:
        return "" if name != "starts_on" else None
    return getattr(member.migration, name)


def _phone(member: FamilyMember) -> str:
    adult = member.adult
    if not adult.is_approachable:
        return ""
    return _("; ").join(number.replace(" ", "") for number in phones_of(member))


def _yes_no(value: bool | None) -> str:
    return "" if value is None else _("yes") if value else _("no")


def _day(on: date | None) -> str:
    return f"{on:%Y-%m-%d}" if on else ""


def workbook_of(
    children: Iterable[Known], at: datetime, parts: Collection[str] = tuple(Part)
) -> bytes:
    """Return a workbook with one row of titles and one row for each child, so that other programs can read
    it.

    A second sheet says what the ledger is and when it was made.
    """
    # Imported only when needed: openpyxl loads NumPy.
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = _("Ledger")
    shown = [column for column in columns() if not column.part or column.part in parts]
    _write_row(sheet, 1, [_("No."), *(column.title for column in shown)])
    for number, known in enumerate(children, 1):
        _write_row(sheet, number + 1, [number, *(column.value(known) for column in shown)])
    _dress(sheet, [5, *(column.width for column in shown)])
    about = book.create_sheet(_("About this ledger"))
    for row, line in enumerate(
        [
            _("As of %(day)s") % {"day": f"{timezone.localtime(at):%Y-%m-%d %H:%M}"},
            _(
                "Left behind: under 16, and both parents away, or one away and the other not able to act "
                "as guardian (State Council 2016 no. 13). Where something is not known that would decide "
                "it, it says so and what to ask."
            ),
            _(
                "The columns follow the registration form of Civil Affairs, Education and Police 2016 no. 42."
            ),
            _("An empty cell means that nobody has recorded it yet. It does not mean “no”."),
        ],
        1,
    ):
        _write_row(about, row, [line])
    about.column_dimensions["A"].width = 100
    return saved(book)


def _write_row(sheet, row: int, values: Sequence[object]) -> None:
    """Write everything but the running number as text."""
    for at, value in enumerate(values, 1):
        cell = sheet.cell(row, at)
        if isinstance(value, int):
            cell.value = value
            continue
        put_text(cell, str(value or ""))
        cell.number_format = AS_TEXT


def _dress(sheet, widths: Sequence[int]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    for at, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E6F0EE")
        cell.alignment = Alignment(wrap_text=True, vertical="center")
    sheet.freeze_panes = "C2"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A3
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
