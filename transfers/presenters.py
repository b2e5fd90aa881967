"""Text for the reader: what goes along, who said what, and what protects the child."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from classroom.models import AttendanceMark, Strength
from core.days import full_day
from core.phones import readable
from guardians.models import Contact, Relation
from guardians.queries import last_ties
from privacy.presenters import receipt_number
from students.models import Student
from students.presenters import section_lines
from transfers.models import Arrival, PaperPackage, Part, Protection, Transfer, TransferWord
from transfers.package import SECTIONS_OF, file_fields
from transfers.queries import readings
from visits.models import Visit

LINES_SHOWN = 30  # of one part; the rest is counted


@dataclass(frozen=True)
class Handed:
    """One part as it was handed over."""

    title: str
    lines: list[str]
    more: int
    digest: str


def handed(what: Arrival | PaperPackage, shown: int | None = LINES_SHOWN) -> list[Handed]:
    """Return the parts. `shown`: how many lines of each part; None: all."""
    found = []
    for part in Part:
        if part.value not in what.package:
            continue
        held = what.package[part.value]
        child = Student(**file_fields(part.value, held))
        sections = SECTIONS_OF.get(part.value, ())
        lines = [line for key in sections for line in section_lines(child, key)]
        lines += [_row_line(part, row) for row in held["rows"]]
        first = lines[:shown]
        digest = what.digests[part.value]
        found.append(Handed(str(part.label), first, len(lines) - len(first), digest))
    return found


def _joined(*parts: object) -> str:
    return _(", ").join(str(part) for part in parts if part)


def _day(iso: str) -> str:
    return full_day(date.fromisoformat(iso))


def _row_line(part: Part, row: dict[str, Any]) -> str:
    match part:
        case Part.FAMILY:
            relation = Relation(row["relation"]).label
            numbers = " ".join(readable(number) for number in row["numbers"])
            return _joined(relation, row["name"], numbers, row["place"], row["work"])
        case Part.STRENGTHS:
            strengths = (Strength(one).label for one in row["strengths"])
            return _joined(_day(row["on"]), *strengths, row["words"])
        case Part.ATTENDANCE:
            reason = AttendanceMark.Reason(row["reason"]).label if row["reason"] else ""
            return _joined(_day(row["marked_on"]), AttendanceMark.Kind(row["kind"]).label, reason)
        case Part.VISITS:
            return _joined(_day(row["visited_on"]), Visit.Kind(row["kind"]).label)
        case Part.CONTACT:
            kind = Contact.Kind(row["kind"]).label
            return _joined(_day(row["happened_on"]), row.get("adult__name", ""), kind)
    raise ValueError(part)  # everything else about a child is in the fields of the file


def part_names(parts: Iterable[str]) -> list[str]:
    return [str(Part(part).label) for part in parts]


def word_line(word: TransferWord) -> dict[str, Any]:
    return {
        "word": word,
        "who": word.adult.name if word.adult else _("the child itself"),
        "said": word.get_decision_display(),
        "via": word.get_via_display(),
        "number": receipt_number(word),
    }


@dataclass(frozen=True)
class Reading:
    name: str
    at: datetime


def opened_by(transfer: Transfer) -> list[Reading]:
    return [Reading(row.user.name, row.at) for row in readings(transfer)[:LINES_SHOWN]]


def protection_lines(transfer: Transfer) -> list[dict[str, Any]]:
    """Return names and relations as on record today; for a danger only that something is open."""
    rows = list(
        transfer.protections.select_related("adult", "user", "acknowledged_by").order_by("pk")
    )
    ties = last_ties([(transfer.student_id, row.adult_id) for row in rows if row.adult_id])
    lines = []
    for row in rows:
        since = _("since %(day)s") % {"day": full_day(row.since_on)} if row.since_on else ""
        if row.kind == Protection.Kind.ADULT and row.adult:
            tie = ties.get((transfer.student_id, row.adult.pk))
            who = _joined(row.adult.name, tie.get_relation_display() if tie else "")
            words = _("may not come near the child, fetch it or hear where it is")
        elif row.kind == Protection.Kind.STAFF and row.user:
            who = _joined(row.user.name, _("of the staff of the other school"))
            words = _("may not hear of the child, nor come near it")
        else:
            who, words = _("Something is open"), _("please call before the child comes")
        lines.append({"row": row, "who": who, "words": words, "since": since})
    return lines
