"""Schools, or classes, that begin one after another, in words. What follows for others is not said."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dashboards.baseline.presenters import (
    classes_words,
    count_words,
    schools_words,
    share_words,
    signed,
    stepped_row,
)
from figures.baseline.classes import ClassRollOut, OneClass
from figures.baseline.rollout import Direction, RollOut
from figures.baseline.rules import BASELINE_WEEKS, FEWEST_UNITS
from figures.baseline.stepped import SteppedChange
from figures.definitions import DEFINITIONS

DIRECTIONS = {
    Direction.HIGHER: gettext_lazy("higher"),
    Direction.LOWER: gettext_lazy("lower"),
    Direction.UNCLEAR: gettext_lazy("not clear from the spans"),
}


@dataclass(frozen=True)
class Beside:
    """One figure of units that had begun, compared with those that had not.

    `says`: the difference, or counts.
    """

    name: str
    says: str
    span: str
    note: str
    weeks: list[dict[str, Any]]


def section(found: RollOut | None) -> dict[str, Any]:
    if found is None:
        return {}
    rows = [
        {
            "name": one.name,
            "wave": one.wave,
            "starts_on": one.starts_on,
            "cells": [
                DIRECTIONS[one.directions[change.key]] if change.key in one.directions else "–"
                for change in found.changes
            ],
        }
        for one in found.schools
    ]
    return {"stepped": _common(rows, found.changes, is_school=False)}


def class_section(found: ClassRollOut | None) -> dict[str, Any]:
    if found is None:
        return {}
    rows = [
        {
            "name": one.name,
            "starts_on": one.starts_on,
            "cells": [_shares(one, change) for change in found.changes],
        }
        for one in found.classes
    ]
    return {"stepped": _common(rows, found.changes, is_school=True)}


def _shares(one: OneClass, change: SteppedChange) -> str:
    if change.key not in one.shares:
        return "–"
    words = count_words if _is_few(change) else share_words
    before, now = (words(it) for it in one.shares[change.key])
    return f"{before} → {now}"


def _common(
    rows: list[dict[str, Any]], changes: Sequence[SteppedChange], *, is_school: bool
) -> dict[str, Any]:
    return {
        "units": rows,
        "heads": [DEFINITIONS[change.key].name for change in changes],
        "own": [
            stepped_row(change.key, change.own, is_few=_is_few(change), is_about=not is_school)
            for change in changes
        ],
        "beside": [_beside(change, is_school=is_school) for change in changes],
        "baseline": BASELINE_WEEKS,
        "is_school": is_school,
    }


def _is_few(change: SteppedChange) -> bool:
    return change.own is not None and change.own.units < FEWEST_UNITS


def _beside(change: SteppedChange, *, is_school: bool) -> Beside:
    name = str(DEFINITIONS[change.key].name)
    says, span, note = _says(change, is_school=is_school)
    weeks = [
        {
            "ends_on": one.ends_on,
            "begun": _side(one.begun, one.share_begun, is_school=is_school),
            "waiting": _side(one.waiting, one.share_waiting, is_school=is_school),
        }
        for one in change.weeks
    ]
    return Beside(name, says, span, note, weeks)


def _units(n: int, *, is_school: bool) -> str:
    return classes_words(n) if is_school else schools_words(n)


def _side(n: int, share: float | None, *, is_school: bool) -> str:
    words = _units(n, is_school=is_school)
    if share is None:
        return words
    if is_school:
        return _("%(n)s%% (%(classes)s)") % {"n": round(100 * share), "classes": words}
    return _("about %(n)s%% (%(schools)s)") % {"n": round(100 * share), "schools": words}


def _says(change: SteppedChange, *, is_school: bool) -> tuple[str, str, str]:
    found = change.beside
    if found is None:
        return _why_not(change, is_school=is_school), "", ""
    n = len(found.weeks)
    weeks = ngettext("%(n)s week", "%(n)s weeks", n) % {"n": n}
    units = _units(found.units, is_school=is_school)
    note = _("%(weeks)s, %(schools)s") % {"weeks": weeks, "schools": units}
    if found.difference is None or found.interval is None:
        says = _(
            "above their own first weeks: %(begun)s of %(of_begun)s that had begun, %(waiting)s of "
            "%(of_waiting)s that waited"
        )
        few = _("With fewer than %(n)s schools, an interval would not be reliable.")
        if is_school:
            says = _(
                "above their own first weeks: %(begun)s of %(of_begun)s classes that had begun, "
                "%(waiting)s of %(of_waiting)s that waited"
            )
            few = _("With fewer than %(n)s classes, an interval would not be reliable.")
        says %= {
            "begun": found.begun[1],
            "of_begun": found.begun[0],
            "waiting": found.waiting[1],
            "of_waiting": found.waiting[0],
        }
        return says, "", f"{note}{_('. ')}{few % {'n': FEWEST_UNITS}}"
    low, high = found.interval
    span = _("(%(low)s to %(high)s)") % {"low": signed(low), "high": signed(high)}
    return _("%(n)s points") % {"n": signed(found.difference)}, span, note


def _why_not(change: SteppedChange, *, is_school: bool) -> str:
    """Say why nothing can be compared. Units without weeks from before the first one began never can be."""
    if not change.from_before:
        words = _("No school has %(n)s weeks on record from before the first school began.")
        if is_school:
            words = _("No class has %(n)s weeks on record from before the first class began.")
        return words % {"n": BASELINE_WEEKS}
    if is_school:
        return _("No week yet in which two classes had begun and two had not.")
    return _("No week yet in which two schools had begun and two had not.")
