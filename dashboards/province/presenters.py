"""Counties in words and lines, in the way the county's page shows its schools."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.days import short_day
from dashboards.county.presenters import Told, count_words, line_words, told_span
from figures.definitions import DEFINITIONS
from figures.province.reading import CountyWeeks, Province
from schools.models import County


def page(province: County, found: Province, today: date) -> dict[str, Any]:
    return {
        "province": province,
        "day": found.days[-1] if found.days else None,
        "cells": [
            cell(one, found.days, today) | {"row": row} for row, one in enumerate(found.counties)
        ],
        "meanings": [DEFINITIONS[key] for key in ("connected", "reached", "away", "counsellor")],
        "heads": [short_day(day, today) for day in found.days],
        "rows": [
            {
                "name": one.name,
                "url": reverse("province:county", args=[one.code]),
                "cells": [told_span(span) for span in one.spans],
            }
            for one in found.counties
        ],
    }


def cell(one: CountyWeeks, days: Sequence[date], today: date) -> dict[str, Any]:
    """Return one county in the same form as all others: a line and the same few facts."""
    came = bool(days) and one.until == days[-1]
    share = told_span(one.spans[-1]) if came else Told(_("not published"), is_gap=True)
    # Nothing was received for the last week: the page then shows an older one.
    if not days or one.until == days[-1]:
        says = ""
    elif one.until is None:
        says = _("Nothing received yet")
    else:
        says = _("Nothing received since %(day)s") % {"day": short_day(one.until, today)}
    return {
        "name": one.name,
        "url": reverse("province:county", args=[one.code]),
        "share": share,
        "spans": one.spans,
        "line_words": line_words(one.spans),
        "says": says,
        "facts": [
            (_("Schools"), Told(str(one.schools))),
            (_("Children with a parent away"), told_span(one.away, count_words)),
            (_("Can be reached"), told_span(one.reached)),
        ],
        "without": one.without_counsellor,
        "helped": one.helped,
    }
