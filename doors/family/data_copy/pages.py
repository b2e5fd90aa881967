"""The copy as pages to read: titled tables in words, with photos and voice recordings in their places.

The HTML shows the files, which are in the same archive. The PDF, with embedded Chinese type, gives their
names.
"""

from collections.abc import Iterable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from classroom.models import Observation, Strength
from classroom.presenters import weekday_words
from core.printing import pdf_of
from doors.family.data_copy.section import Section
from guardians.models import NumberChange
from surveys.instruments import FACES
from surveys.own.forms import USUAL

STYLE = Path(__file__).parent / "pages.css"
STYLE_NAME = "data.css"  # its name in the archive
ZONE = ZoneInfo("Asia/Shanghai")  # all schools of this product lie in one time zone
NOT_PRINTED = {"thread", "digest"}  # only useful to computers
# For fields whose own name tells a family too little.
LABELS = {
    "school_class__name": gettext_lazy("class"),
    "name": gettext_lazy("name"),
    "what": pgettext_lazy("of a row", "kind"),
    "adult__name": gettext_lazy("name"),
    "carer__name": gettext_lazy("name"),
    "season__starts_on": gettext_lazy("holiday from"),
    "written_by__name": gettext_lazy("written by"),
    "asked_by__name": gettext_lazy("asked by"),
    "notice__author__name": gettext_lazy("written by"),
    "notice__title": gettext_lazy("title"),
    "notice_title": gettext_lazy("title"),
    "notice__words": gettext_lazy("words"),
    "notice__sent_at": pgettext_lazy("when a letter was sent", "sent"),
    "notice__due_on": gettext_lazy("until"),
    "notice__recalled_at": gettext_lazy("taken back"),
    "sent_at": pgettext_lazy("when a letter was sent", "sent"),
    "sent__made_at": gettext_lazy("when"),
    "sent__office": gettext_lazy("office"),
    "happened_at": gettext_lazy("when"),
    "strengths": gettext_lazy("good at"),
    "check_in__due_on": gettext_lazy("asked on"),
    "check_in__asked_at": gettext_lazy("question sent"),
    "check_in__answered_at": gettext_lazy("answered"),
    "answered_at": gettext_lazy("answered"),
    "confirmed_at": gettext_lazy("confirmed"),
    "opted_out_at": gettext_lazy("wants no messages since"),
    "answer": gettext_lazy("answer"),
    "answers": gettext_lazy("your answers"),
    "mood": pgettext_lazy("letter", "Mood"),
    "words": gettext_lazy("words"),
    "text": gettext_lazy("words"),
    "at": gettext_lazy("when"),
    "asked_at": gettext_lazy("asked on"),
    "booked_at": gettext_lazy("booked"),
    "by_key": gettext_lazy("asked for on the phone"),
    "join_key": gettext_lazy("your key when Jiaqiao rings"),
    "missed_side": gettext_lazy("why it did not take place"),
    "talked_seconds": gettext_lazy("seconds that you talked"),
    "created_at": gettext_lazy("written down"),
    "recorded_at": gettext_lazy("written down"),
    "changed_at": gettext_lazy("when"),
    "changes": gettext_lazy("what you changed"),
    "asks_teacher": gettext_lazy("what you asked the teacher to change"),
    "linked_at": gettext_lazy("linked"),
    "receipt": gettext_lazy("receipt"),
    "day": gettext_lazy("day"),
    "days": gettext_lazy("done on"),
    "people": gettext_lazy("who"),
    "from": gettext_lazy("from whom"),
    "kind": pgettext_lazy("of a row", "kind"),
    "state": gettext_lazy("state"),
    "photo": gettext_lazy("photo"),
    "voice": gettext_lazy("voice"),
    "pdf": gettext_lazy("paper"),
    "settled_at": gettext_lazy("done on"),
    "told_at": gettext_lazy("told you"),
    "seen_at": gettext_lazy("you read it"),
    "heard_at": gettext_lazy("heard"),
    "wants_call": gettext_lazy("asked to be called"),
    "back_at": gettext_lazy("automatic answer: reads it from"),
    "machine_texts__text": gettext_lazy("made by machine"),
    "started_at": gettext_lazy("began"),
    "ended_at": gettext_lazy("ended"),
    "done_at": gettext_lazy("done on"),
    "finished_at": gettext_lazy("done on"),
    "confirmed": gettext_lazy("confirmed"),
    "week_on": gettext_lazy("week from"),
    "statement": gettext_lazy("what you signed"),
    "signed_as": gettext_lazy("signed as"),
    "withdrawn_at": gettext_lazy("taken back"),
    "lesson": gettext_lazy("lesson"),
    "meeting__title": gettext_lazy("title"),
    "meeting__starts_at": gettext_lazy("when"),
    "invited_at": gettext_lazy("invited"),
    "replied_at": gettext_lazy("answered"),
    "came_at": gettext_lazy("you were there"),
    "is_of_use": gettext_lazy("useful to you"),
    "is_refused": gettext_lazy("you said no"),
    "weekdays": gettext_lazy("on which days"),
    "starts_on": gettext_lazy("from"),
    "due_on": gettext_lazy("until"),
    "as_written": gettext_lazy("as written"),
    "last_delivered_at": gettext_lazy("last message arrived"),
    "last_replied_at": gettext_lazy("last answer"),
    "username": gettext_lazy("signs in as"),
    "joined_at": gettext_lazy("account since"),
    "last_login": gettext_lazy("last signed in"),
    "opened_by": gettext_lazy("how"),
    "opened_at": gettext_lazy("signed in since"),
    "last_used_at": gettext_lazy("last used"),
    "said_at": gettext_lazy("when"),
    "said_by": gettext_lazy("who says so"),
    "literacy": gettext_lazy("reading"),
    "may_see_file": gettext_lazy("may see how the child is"),
    "via": gettext_lazy("how"),
}


def as_page(data: dict[str, Any], sections: Iterable[Section], is_printed: bool = False) -> str:
    return render_to_string(
        "family/data_copy.html",
        {
            "sections": in_words(data, sections),
            "data": data,
            "made_on": _day(data["made_at"]),
            "is_printed": is_printed,
            "style_name": STYLE_NAME,
        },
    )


def as_pdf(data: dict[str, Any], sections: Iterable[Section]) -> bytes:
    """Call only if core.printing.why_no_pdf returns nothing."""
    return pdf_of(as_page(data, sections, is_printed=True), style())


def style() -> str:
    return STYLE.read_text(encoding="utf-8")


def in_words(data: dict[str, Any], sections: Iterable[Section]) -> list[dict[str, Any]]:
    """Return the sections in reading order, without empty ones.

    Several short rows make a table (`columns`, `cells`). Long texts and single rows are listed one below the
    other (`rows`).
    """
    found: list[dict[str, Any]] = []
    for section in sections:
        rows = [data[section.key]] if section.is_one else data[section.key]
        lines = [line for line in (_line(row, section) for row in rows) if line]
        if len(lines) > 1 and not section.is_read and not section.files:
            columns = list(dict.fromkeys(label for line in lines for label, _told in line))
            cells = [[dict(line).get(label, "") for label in columns] for line in lines]
            found.append({"title": section.title, "columns": columns, "cells": cells})
        elif lines:
            found.append({"title": section.title, "rows": lines})
    return found


def _line(row: dict[str, Any], section: Section) -> list[tuple[str, Any]]:
    """Return pairs of (label, words), or (label, files) for photos, recordings and papers.

    Empty values are left out.
    """
    line: list[tuple[str, Any]] = []
    for name, value in row.items():
        if name in NOT_PRINTED:
            continue
        told: Any
        if name in section.files.split():
            told = [{"kind": name, "name": one} for one in value]
        else:
            told = _words(name, value, section)
        if told:
            line.append((label_of(name, section.model), told))
    return line


def label_of(name: str, model: type[Model]) -> str:
    if name in LABELS:
        return str(LABELS[name])
    return str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _words(name: str, value: Any, section: Section) -> str:
    if value is None or value in ("", []):
        return ""
    if name == "weekdays":
        return str(weekday_words(value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return f"{_day(value)} {date_format(value.astimezone(ZONE), 'H:i')}"
    if isinstance(value, date):
        return date_format(value, "Y-m-d")
    if isinstance(value, time):
        return f"{value:%-H:%M}"
    if isinstance(value, list):
        return _list(name, value, section)
    if isinstance(value, dict):
        return _("%(name)s (%(post)s)") % value
    return _choice(name, value, section.model)


def _list(name: str, value: list[Any], section: Section) -> str:
    if name == "answers":
        return "\n".join(value)
    if name == "changes":
        pairs = [{"question": one[0], "answer": one[1]} for one in value]
        return "\n".join(_("%(question)s: %(answer)s") % pair for pair in pairs)
    return pgettext("between causes", "; ").join(_words(name, one, section) for one in value)


def _choice(name: str, value: Any, model: type[Model]) -> str:
    """Return the word for a stored key: in a table, "mother" becomes 母亲."""
    if name == "strengths" and model is Observation:
        return str(Strength(value).label)
    if name == "mood" and isinstance(value, int):
        return str(USUAL[FACES][value - 1])
    if name == "from":
        return {"you": _("you"), "family": _("the family"), "school": _("the school")}[value]
    if model is NumberChange:
        return {"written": _("written down"), "removed": _("taken away")}[value]
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:  # also what is read through a relation
        return str(value)
    return str(dict(field.flatchoices).get(value, value) if isinstance(field, Field) else value)


def _day(at: datetime) -> str:
    return date_format(at.astimezone(ZONE), "Y-m-d")
