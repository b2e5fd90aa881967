"""The result of trying a ladder out, line by line: as it was, and as it would be."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from delivery.rules import ROUTINE_A_DAY
from messaging.ladder.replay import WITHIN_DAYS, Result
from messaging.queries.past_questions import PastMonths
from messaging.rules import Rung

FEN = 100  # in a yuan
# The step that an answer or talk followed → its line.
AFTER = {
    Rung.ASK: gettext_lazy("Heard after the first question"),
    Rung.ASK_AGAIN: gettext_lazy("Heard after asking again"),
    Rung.OTHER_WAY: gettext_lazy("Heard after another number or address"),
    Rung.OTHER_ADULT: gettext_lazy("Heard after asking another adult"),
    Rung.TELL_TEACHER: gettext_lazy("Heard after the class teacher was told"),
}


def tried_out_rows(now: Result, tried: Result, fen: Decimal | None) -> list[tuple[str, str, str]]:
    """Return the rows of the comparison. `fen` is the price of one message, if known."""
    heard = _("A word or a talk within %(days)s days") % {"days": WITHIN_DAYS}
    lines: list[tuple[str | Promise, Callable[[Result], str]]] = [
        (pgettext("of check-ins", "Questions"), lambda one: str(one.questions)),
        (_("Messages to families"), lambda one: str(one.messages)),
        (
            _("Of these, held back by the limit of %(n)s a day") % {"n": ROUTINE_A_DAY},
            lambda one: str(one.held),
        ),
        (_("Tasks for class teachers"), lambda one: str(one.tasks)),
        (heard, lambda one: "–" if one.heard_within is None else f"{one.heard_within:.0%}"),
        (_("Half of the families had been heard after"), lambda one: _days(one.half_after)),
    ]
    lines += [(words, partial(_after, rung)) for rung, words in AFTER.items()]
    if fen is not None:
        yuan, cost = _("%(yuan)s yuan"), _("Cost of the messages")
        lines.insert(2, (cost, lambda one: yuan % {"yuan": f"{one.messages * fen / FEN:.2f}"}))
    return [(str(title), words(now), words(tried)) for title, words in lines]


def by_step(past: PastMonths) -> list[tuple[str, int]]:
    """Return after which step these questions were heard, each question once."""
    heard = Counter(one.heard_by for family in past.families for one in family.questions)
    rows = [(str(words), heard[rung]) for rung, words in AFTER.items()]
    return [*rows, (_("Not heard before the next question"), heard[None])]


def _after(rung: Rung, result: Result) -> str:
    return str(result.heard_by.get(rung, 0))


def _days(days: float | None) -> str:
    """Round to half days, which is exact enough: for a talk we know the day but no time."""
    if days is None:
        return "–"
    shown = round(days * 2) / 2
    if not shown:
        return _("on the same day")
    return ngettext("%(n)s day", "%(n)s days", 1 if shown <= 1 else 2) % {"n": f"{shown:g}"}
