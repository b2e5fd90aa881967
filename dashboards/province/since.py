"""What has changed since the schools of a province's counties began, in words; nothing here says why."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboards.baseline.presenters import few_words, from_spans, span_row, young_schools
from figures.baseline.province import ProvinceSinceStart
from figures.baseline.rules import BASELINE_WEEKS, FEWEST_UNITS, Compared
from figures.definitions import DEFINITIONS
from schools.models import County


def page(province: County, found: ProvinceSinceStart) -> dict[str, Any]:
    compared = [one for one in found.counties if one.since.schools]
    units = ngettext("%(n)s county", "%(n)s counties", len(compared)) % {"n": len(compared)}
    is_few = len(compared) < FEWEST_UNITS
    young = sum(one.since.young for one in found.counties)
    rows = [
        span_row(one.key, one.compared, f"{one.missing}%", is_few=is_few) for one in found.together
    ]
    return {
        "province": province,
        "weeks": BASELINE_WEEKS,
        "together": 2 * BASELINE_WEEKS,
        "units": units,
        "few": few_words(units) if is_few else "",
        "young": young_schools(young) if young else "",
        "rows": rows if compared else [],
        "meanings": [row.meaning for row in rows],
        "heads": [DEFINITIONS[one.key].name for one in found.together],
        "counties": [
            {
                "name": one.name,
                "url": reverse("province:county", args=[one.code]),
                "schools": one.since.schools,
                "cells": [_cell(change.compared) for change in one.since.changes]
                or [_("too early") if one.since.young else "–"] * len(found.together),
            }
            for one in found.counties
        ],
    }


def _cell(found: Compared | None) -> str:
    """Return the cell.

    For few schools only directions: the middles of a few spans are not a share of a county.
    """
    if found is None:
        return "–"
    if found.units < FEWEST_UNITS:
        return _("higher in %(higher)s, lower in %(lower)s, of %(units)s") % {
            "higher": found.higher,
            "lower": found.lower,
            "units": found.units,
        }
    return f"{from_spans(found.before)} → {from_spans(found.now)}"
