"""The county's figures as words. Only this module leaves out figures that are too small to show."""

from datetime import timedelta
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from dashboards.county import rules
from dashboards.county.queries import CountyFigures
from figures.rules import Parts, parts_shown, total_shown
from surveys.rules import SHOWN_FROM

HOURS_TOLD_UNTIL = 48


def page(figures: CountyFigures) -> dict[str, Any]:
    schools = figures.schools
    shown = rules.rows_shown([row.ages for row in schools], [row.others for row in schools])
    columns = list(zip(*(row.ages for row in schools), strict=True))
    sums = [sum(column) for column in columns] or [0] * (len(rules.AGE_DAYS) + 1)
    whole, whole_ages = rules.whole_shown(sums, sum(row.others for row in schools))
    taken, taken_count = figures.taken, total_shown(sum(figures.taken.parts))
    # The wait appears only if enough children are behind it.
    waited = taken.middle_wait if taken_count else None
    return {
        "at": figures.at,
        "shown_from": SHOWN_FROM,
        "waiting": total_shown(sum(figures.waiting)),
        "waits": _rows(
            (_("Under a day"), _("One to three days"), _("Longer")),
            parts_shown(figures.waiting),
        ),
        "since": formats.date_format(taken.since, "DATE_FORMAT") if taken.since else "",
        "taken": taken_count,
        "became": _rows(
            (
                _("With a counsellor from another school"),
                pgettext("cases of the shared queue", "Closed"),
                _("Given back to the school, or without a counsellor"),
                _("Back with the school's own counsellor"),
            ),
            parts_shown(taken.parts),
        ),
        "middle_wait": middle_wait(waited) if waited else "",
        "schools": [
            {"row": row, "open": open_now, "ages": ages}
            for row, (open_now, ages) in zip(schools, shown, strict=True)
        ],
        "without": [row for row in schools if not row.has_counsellor],
        "pupils_without": sum(row.pupils for row in schools if not row.has_counsellor),
        "ages": {"open": whole, "ages": whole_ages},
        "has_ages": whole is not None or any(open_now is not None for open_now, _ages in shown),
    }


def _rows(labels: tuple[str, ...], counts: Parts) -> list[dict[str, Any]]:
    """No row where none of them may be shown."""
    if all(count is None for count in counts):
        return []
    return [{"label": label, "count": count} for label, count in zip(labels, counts, strict=True)]


def middle_wait(waited: timedelta) -> str:
    """Return the median wait in words, rounded up."""
    hours = -(-waited // timedelta(hours=1))
    if waited < timedelta(hours=1):
        return _("Half of them waited less than an hour.")
    if hours <= HOURS_TOLD_UNTIL:
        words = ngettext(
            "Half of them waited %(n)s hour or less.",
            "Half of them waited %(n)s hours or less.",
            hours,
        )
        return words % {"n": hours}
    days = -(-waited // timedelta(days=1))
    words = ngettext(
        "Half of them waited %(n)s day or less.",
        "Half of them waited %(n)s days or less.",
        days,
    )
    return words % {"n": days}
