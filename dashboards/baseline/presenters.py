"""What has changed, in words. Nothing here says why."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from figures.baseline.county import CountySinceStart
from figures.baseline.rules import BASELINE_WEEKS, FEWEST_UNITS, Compared
from figures.baseline.school import SinceStart
from figures.definitions import DEFINITIONS, Definition
from schools.models import County

TOGETHER = 2 * BASELINE_WEEKS


@dataclass(frozen=True)
class Row:
    """One figure.

    `says`: the difference, or the counts given instead; `span`: the interval of the difference.
    """

    meaning: Definition
    before: str
    now: str
    says: str
    missing: str
    span: str = ""

    @property
    def name(self) -> str:
        return str(self.meaning.name)


def school_page(found: SinceStart) -> dict[str, Any]:
    few = 0 < found.classes < FEWEST_UNITS
    rows = [
        _row(one.key, one.compared, None if one.missing is None else f"{one.missing}%", is_few=few)
        for one in found.changes
    ]
    young = ngettext(
        "%(n)s class has fewer than %(weeks)s weeks yet and is left out.",
        "%(n)s classes have fewer than %(weeks)s weeks yet and are left out.",
        found.young,
    ) % {"n": found.young, "weeks": TOGETHER}
    return {
        "heading": _("Since we began"),
        "back": {"url": reverse("dashboards:school"), "label": _("Dashboard")},
        "began": found.began,
        "rows": rows,
        "meanings": [row.meaning for row in rows],
        "units": classes_words(found.classes),
        "young": young if found.young else "",
        "few": few_words(classes_words(found.classes)) if few else "",
        "missing_head": _("Children for whom it is not known"),
        "is_school": True,
    } | _common()


def county_page(county: County, found: CountySinceStart) -> dict[str, Any]:
    few = 0 < found.schools < FEWEST_UNITS
    rows = [span_row(one.key, one.compared, f"{one.missing}%", is_few=few) for one in found.changes]
    return {
        "heading": _("Since the schools began"),
        "back": {"url": reverse("dashboards:county"), "label": county.name},
        "began": None,
        "rows": rows,
        "meanings": [row.meaning for row in rows],
        "units": schools_words(found.schools),
        "young": young_schools(found.young) if found.young else "",
        "few": few_words(schools_words(found.schools)) if few else "",
        "missing_head": _("Weeks without a figure"),
        "is_school": False,
    } | _common()


def _common() -> dict[str, Any]:
    return {"weeks": BASELINE_WEEKS, "together": TOGETHER}


def few_words(units: str) -> str:
    return _(
        "%(units)s: with fewer than %(fewest)s no interval would hold, so there are counts only."
    ) % {
        "units": units,
        "fewest": FEWEST_UNITS,
    }


def classes_words(n: int) -> str:
    return ngettext("%(n)s class", "%(n)s classes", n) % {"n": n}


def schools_words(n: int) -> str:
    return ngettext("%(n)s school", "%(n)s schools", n) % {"n": n}


def young_schools(n: int) -> str:
    words = ngettext(
        "%(n)s school has fewer than %(weeks)s weeks yet and is left out.",
        "%(n)s schools have fewer than %(weeks)s weeks yet and are left out.",
        n,
    )
    return words % {"n": n, "weeks": TOGETHER}


def _row(
    key: str,
    compared: Compared | None,
    missing: str | None,
    *,
    is_few: bool,
    is_about: bool = False,
) -> Row:
    """Return the row. `is_about`: from spans, so that for few units only directions are told."""
    meaning = DEFINITIONS[key]
    missing = "–" if missing is None else missing
    if compared is None:
        return Row(meaning, "–", "–", _("not on record for both"), missing)
    before, now = _share(compared.before, is_about), _share(compared.now, is_about)
    if compared.interval is None or is_few:
        if is_about:
            before = now = "–"
        else:
            before, now = count_words(compared.before), count_words(compared.now)
        says = _("higher in %(higher)s, lower in %(lower)s, of %(units)s") % {
            "higher": compared.higher,
            "lower": compared.lower,
            "units": compared.units,
        }
        return Row(meaning, before, now, says, missing)
    low, high = compared.interval
    points = _("%(n)s points") % {"n": signed(compared.difference)}
    span = _("(%(low)s to %(high)s)") % {"low": signed(low), "high": signed(high)}
    return Row(meaning, before, now, points, missing, span)


def stepped_row(key: str, compared: Compared | None, *, is_few: bool, is_about: bool) -> Row:
    """Return a row for units that begin one after another; `is_about`: of a county, from spans."""
    return _row(key, compared, None, is_few=is_few, is_about=is_about)


def span_row(key: str, compared: Compared | None, missing: str, *, is_few: bool) -> Row:
    """Return a row from published spans."""
    return _row(key, compared, missing, is_few=is_few, is_about=True)


def from_spans(pair: tuple[float, float]) -> str:
    return _("about %(n)s%%") % {"n": _percent(pair)}


def _share(pair: tuple[float, float], is_about: bool) -> str:
    return from_spans(pair) if is_about else share_words(pair)


def share_words(pair: tuple[float, float]) -> str:
    return f"{_percent(pair)}%"


def _percent(pair: tuple[float, float]) -> int:
    return round(100 * pair[0] / pair[1])


def count_words(pair: tuple[float, float]) -> str:
    return _("%(part)s of %(whole)s") % {"part": int(pair[0]), "whole": int(pair[1])}


def signed(part: float) -> str:
    """Return percentage points with a sign; without one if they round to zero."""
    points = round(100 * part)
    return f"+{points}" if points > 0 else f"−{-points}" if points < 0 else "0"
