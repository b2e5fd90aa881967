"""The comparison as text."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.days import full_day
from rosters.civil.queries import Comparison, Difference
from rosters.civil.rules import Theirs, Why
from rosters.columns import Field
from rosters.words import said_of
from students.models import Student

WHY = {
    Why.OTHER_DAY: gettext_lazy("The same name, but another date of birth."),
    Why.OTHER_NUMBER: gettext_lazy("The same name and birthday, but another identity card number."),
    Why.OTHER_SIGNS: gettext_lazy("The same birthday, and a name that sounds the same."),
    Why.NAME_ONLY: gettext_lazy("The same name; the list gives no date of birth to compare."),
    Why.SEVERAL: gettext_lazy("Several children here have this name and birthday."),
}
LABELS = {
    "only_theirs": gettext_lazy("Only on their list"),
    "otherwise": gettext_lazy("Counted otherwise here"),
    "only_ours": gettext_lazy("Only counted here"),
    "possible": gettext_lazy("Possibly the same child"),
    "unread": gettext_lazy("Not read"),
    "both": gettext_lazy("On both"),
    "elsewhere": gettext_lazy("Of other schools"),
}
# What each part means, and what to do with it.
MEANINGS = {
    "only_theirs": gettext_lazy(
        "We have no file of these children. Ask the office where they go to school, or whether"
        " the name is written differently."
    ),
    "otherwise": gettext_lazy(
        "These children have a file here, but by the State Council's definition we do not count"
        " them as left behind, or something is still to be asked."
    ),
    "only_ours": gettext_lazy(
        "By the State Council's definition these children are left behind. The office's list"
        " does not have them."
    ),
    "possible": gettext_lazy(
        "Compare these lines with the household booklet. If it is the same child, correct the"
        " file here or tell the office."
    ),
    "unread": gettext_lazy(
        "We could not read something in these lines, or a child is in the list twice. Correct the "
        "cells and upload the list again."
    ),
    "both": gettext_lazy("Both count these children as left behind."),
    "elsewhere": gettext_lazy(
        "The list names another school, and we have no file of these children. If one of them is"
        " at this school, tell the office."
    ),
}


@dataclass(frozen=True)
class Line:
    number: int | None
    name: str
    about: str
    words: tuple[str, ...]
    children: tuple[Student, ...] = ()


def tabs(base: str, counts: dict[str, int], current: str) -> list[dict[str, Any]]:
    return [
        {
            "url": f"{base}?{urlencode({'tab': key})}",
            "label": LABELS[key],
            "count": count,
            "is_current": key == current,
        }
        for key, count in counts.items()
    ]


def unread_lines(found: Comparison) -> list[Line]:
    """Return the unread lines, ordered by row of the file."""
    lines = [
        Line(
            one.number,
            one.written or "–",
            str(Field(one.column).label),
            (said_of(one.code, one.facts),),
        )
        for one in found.unread
    ]
    lines += [
        Line(
            line.number,
            line.name,
            about(line),
            (_("The same child as in row %(row)s.") % {"row": first},),
        )
        for line, first in found.twice
    ]
    return sorted(lines, key=lambda line: line.number or 0)


def lines_of(shown: list[Difference], why: dict[int, list[str]]) -> list[Line]:
    lines = []
    for one in shown:
        if one.line is None:
            lines.append(Line(None, "", "", (), (one.child,) if one.child else ()))
        elif one.possible:
            lines.append(
                Line(
                    one.line.number,
                    one.line.name,
                    about(one.line),
                    (str(WHY[one.possible.why]), *_elsewhere(one.line)),
                    one.others,
                )
            )
        elif one.child is None:
            lines.append(Line(one.line.number, one.line.name, about(one.line), ()))
        else:
            words = list(why.get(one.child.pk, ()))
            if one.child.name != one.line.name:
                words.append(_("Our file writes the name as %(name)s.") % {"name": one.child.name})
            words += _elsewhere(one.line)
            lines.append(
                Line(one.line.number, one.line.name, about(one.line), tuple(words), (one.child,))
            )
    return lines


def _elsewhere(line: Theirs) -> list[str]:
    return [_("The list names another school.")] if line.is_elsewhere else []


def about(line: Theirs) -> str:
    return _(", ").join(filter(None, [full_day(line.born_on) if line.born_on else "", line.place]))
