"""The text of the e-mail: counts only. No child, class, colleague or family is named."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

from dashboards.presenters import change_words, silence_words
from figures.school import Dashboard


@dataclass(frozen=True)
class Letter:
    subject: str
    body: str


def letter(school_name: str, sunday: date, board: Dashboard, concerns: Any) -> Letter:
    """Write the e-mail in the active language. `concerns` is safeguarding.figures.waiting_in, as of now."""
    day = formats.date_format(sunday, "MONTH_DAY_FORMAT")
    subject = _("%(school)s: the week until %(day)s") % {"school": school_name, "day": day}
    if board.percent is None:
        return Letter(subject, _("No child with a parent away is on record yet"))
    facts = {
        "connected": board.connected,
        "all": board.with_parent_away,
        "percent": board.percent,
        "confirmed": board.confirmed,
        "missing": board.missing,
        "longest": silence_words(board),
    }
    lines = [
        _("%(connected)s of %(all)s children (%(percent)s%%) talked with a parent this week.")
        % facts,
        _("%(confirmed)s are confirmed: parents and home both say so, or the school saw it.")
        % facts,
        _("%(missing)s did not. Longest silence: %(longest)s.") % facts if board.missing else "",
        *change_words(board),
        _(
            "Waiting for an adult now: %(now)s. Open concerns: %(open)s, not taken on: %(not_taken)s."
        )
        % {
            "now": concerns.now.count,
            "open": concerns.open.count,
            "not_taken": concerns.not_taken.count,
        },
    ]
    return Letter(subject, "\n".join(filter(None, lines)))
