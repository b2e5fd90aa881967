"""Schools that begin one after the other, in words; what follows for other schools, it does not say."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dashboards.baseline.presenters import Row, about_row, schools_words, signed
from figures.baseline.rollout import Direction, RollOut, SteppedChange
from figures.baseline.rules import BASELINE_WEEKS, FEWEST_UNITS, SideBySide
from figures.definitions import DEFINITIONS

DIRECTIONS = {
    Direction.HIGHER: gettext_lazy("higher"),
    Direction.LOWER: gettext_lazy("lower"),
    Direction.UNCLEAR: gettext_lazy("not clear from the spans"),
}


@dataclass(frozen=True)
class Beside:
    """One figure of those that had begun beside those that had not. `says`: the difference, or counts."""

    name: str
    says: str
    span: str
    note: str
    weeks: list[dict[str, Any]]


def section(found: RollOut | None) -> dict[str, Any]:
    if found is None:
        return {}
    return {
        "stepped": {
            "schools": [
                {
                    "name": one.name,
                    "wave": one.wave,
                    "starts_on": one.starts_on,
                    "cells": [
                        DIRECTIONS[one.directions[change.key]]
                        if change.key in one.directions
                        else "–"
                        for change in found.changes
                    ],
                }
                for one in found.schools
            ],
            "heads": [DEFINITIONS[change.key].name for change in found.changes],
            "own": [_own(change) for change in found.changes],
            "beside": [_beside(change) for change in found.changes],
            "baseline": BASELINE_WEEKS,
        }
    }


def _own(change: SteppedChange) -> Row:
    is_few = change.own is not None and change.own.units < FEWEST_UNITS
    return about_row(change.key, change.own, is_few=is_few)


def _beside(change: SteppedChange) -> Beside:
    name = str(DEFINITIONS[change.key].name)
    says, span, note = _says(change.beside)
    weeks = [
        {
            "ends_on": one.ends_on,
            "begun": _side(one.begun, one.share_begun),
            "waiting": _side(one.waiting, one.share_waiting),
        }
        for one in change.weeks
    ]
    return Beside(name, says, span, note, weeks)


def _side(schools: int, share: float | None) -> str:
    words = schools_words(schools)
    if share is None:
        return words
    return _("about %(n)s%% (%(schools)s)") % {"n": round(100 * share), "schools": words}


def _says(found: SideBySide | None) -> tuple[str, str, str]:
    if found is None:
        return _("No week yet in which two schools had begun and two had not."), "", ""
    n = len(found.weeks)
    weeks = ngettext("%(n)s week", "%(n)s weeks", n) % {"n": n}
    note = _("%(weeks)s, %(schools)s") % {"weeks": weeks, "schools": schools_words(found.schools)}
    if found.difference is None or found.interval is None:
        says = _(
            "above their own first weeks: %(begun)s of %(of_begun)s that had begun, %(waiting)s of "
            "%(of_waiting)s that waited"
        ) % {
            "begun": found.begun[1],
            "of_begun": found.begun[0],
            "waiting": found.waiting[1],
            "of_waiting": found.waiting[0],
        }
        few = _("With fewer than %(n)s schools, an interval would not be reliable.") % {
            "n": FEWEST_UNITS
        }
        return says, "", f"{note}{_('. ')}{few}"
    low, high = found.interval
    span = _("(%(low)s to %(high)s)") % {"low": signed(low), "high": signed(high)}
    return _("%(n)s points") % {"n": signed(found.difference)}, span, note
