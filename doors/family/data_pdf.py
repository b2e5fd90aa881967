"""The copy of the data as pages to read: titled tables, in words, with Chinese type embedded."""

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Model
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from calls.models import CallSlot
from classroom.models import FamilyRequest, Letter, Observation, Strength
from core.printing import pdf_of
from guardians.models import Adult, Contact, ContactPoint, Guardianship, Migration, SentHome
from messaging.models import CheckInLine
from privacy.models import Consent, DataRequest
from reunions.models import ReunionPlan
from students.models import Enrolment, Student

STYLE = Path(__file__).parent / "data_copy.css"
ZONE = ZoneInfo("Asia/Shanghai")  # schools of this product lie in one zone
LONG_WORDS = ("letters", "good_news")  # sections whose rows are read, not compared


def as_page(data: dict[str, Any]) -> str:
    return render_to_string(
        "family/data_copy.html",
        {"sections": sections(data), "data": data, "made_on": _day(data["made_at"])},
    )


def as_pdf(data: dict[str, Any]) -> bytes:
    """Only where core.printing.why_no_pdf is empty."""
    return pdf_of(as_page(data), STYLE.read_text(encoding="utf-8"))


def sections(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Return sections in the order of reading, without the empty ones. Several short rows make a table
    (`columns`, `cells`); long texts and single rows stand one beneath the other (`rows`).
    """
    titles: dict[str, tuple[str, type[Model]]] = {
        "child": (_("The child"), Student),
        "classes": (_("Classes"), Enrolment),
        "letters": (_("Letters from the teacher"), Letter),
        "good_news": (_("Good news from teachers"), Observation),
        "carers": (_("Who cares at home"), Guardianship),
        "you": (_("You"), Adult),
        "your_part": (_("Your relationship to the child"), Guardianship),
        "your_contacts": (_("How the school reaches you"), ContactPoint),
        "your_places": (_("Where you live and work"), Migration),
        "talks": (_("Talks with the child"), Contact),
        "sent_home": (_("What you sent home"), SentHome),
        "check_ins": (_("Our questions and your answers"), CheckInLine),
        "calls": (_("Calls at the school's phone"), CallSlot),
        "holidays": (_("Holidays together"), ReunionPlan),
        "requests_of_the_school": (_("What the school asked of you"), FamilyRequest),
        "consents": (_("What you agreed to or refused"), Consent),
        "your_requests": (_("Your requests about the data"), DataRequest),
        "file_opened": (_("Who has opened the file"), Student),
    }
    found: list[dict[str, Any]] = []
    for key, (title, model) in titles.items():
        lines = []
        for row in data[key] if isinstance(data[key], list) else [data[key]]:
            told = [(_label(name, model), _words(name, row[name], model)) for name in row]
            if shown := [(label, words) for label, words in told if words]:
                lines.append(shown)
        if len(lines) > 1 and key not in LONG_WORDS:
            columns = list(dict.fromkeys(label for line in lines for label, _told in line))
            cells = [[dict(line).get(label, "") for label in columns] for line in lines]
            found.append({"title": title, "columns": columns, "cells": cells})
        elif lines:
            found.append({"title": title, "rows": lines})
    return found


def _label(name: str, model: type[Model]) -> str:
    own = {
        "school_class__name": _("class"),
        "adult__name": _("name"),
        "season__starts_on": _("holiday from"),
        "written_by__name": _("written by"),
        "sent_at": pgettext("when a letter was sent", "sent"),
        "happened_at": _("when"),
        "strengths": _("good at"),
        "check_in__due_on": _("asked on"),
        "check_in__answered_at": _("answered"),
        "answered_at": _("answered"),
        "opted_out_at": _("wants no messages since"),
        "answer": _("answer"),
        "mood": pgettext("letter", "Mood"),
        "words": _("words"),
        "at": _("when"),
        "asked_at": _("asked on"),
        "receipt": _("receipt"),
        "day": _("day"),
        "people": _("who"),
    }
    return own[name] if name in own else str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _words(name: str, value: Any, model: type[Model]) -> str:
    if value is None or value in ("", []):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return f"{_day(value)} {date_format(value.astimezone(ZONE), 'H:i')}"
    if isinstance(value, date):
        return date_format(value, "Y-m-d")
    if isinstance(value, list):
        return pgettext("between causes", "; ").join(_words(name, one, model) for one in value)
    if isinstance(value, dict):
        return _("%(name)s (%(post)s)") % value
    return _choice(name, value, model)


def _choice(name: str, value: Any, model: type[Model]) -> str:
    """Return the word for a stored key: "mother" is 母亲 in a table."""
    if name == "strengths" and model is Observation:
        return str(Strength(value).label)
    if name == "mood" and isinstance(value, int):
        faces = [_("Very happy"), _("Fine"), _("So-so"), _("A bit low"), _("Sad")]
        return faces[value - 1]
    if "__" in name or not any(field.name == name for field in model._meta.fields):
        return str(value)
    choices = dict(model._meta.get_field(name).flatchoices)  # type: ignore[union-attr]
    return str(choices.get(value, value))


def _day(at: datetime) -> str:
    return date_format(at.astimezone(ZONE), "Y-m-d")
