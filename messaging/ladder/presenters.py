"""What trying a ladder out has shown, line by line: as it is, as it would be."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from messaging.ladder.replay import WITHIN_DAYS, Result

FEN = 100  # in a yuan


def tried_out_rows(now: Result, tried: Result, fen: Decimal | None) -> list[tuple[str, str, str]]:
    """`fen`: the price of one message, where it is known."""
    return [(title, words(now), words(tried)) for title, words in _lines(fen)]


def _lines(fen: Decimal | None) -> Iterator[tuple[str, Callable[[Result], str]]]:
    yield pgettext("of check-ins", "Questions"), lambda one: str(one.questions)
    yield _("Messages to families"), lambda one: str(one.messages)
    if fen is not None:
        yield _("Cost of the messages"), lambda one: _yuan(one.messages * fen)
    yield _("Tasks for class teachers"), lambda one: str(one.tasks)
    heard = _("A word or a talk within %(days)s days") % {"days": WITHIN_DAYS}
    yield heard, lambda one: _percent(one.heard_within)
    yield _("Half of the families had been heard after"), lambda one: _days(one.half_after)


def _yuan(fen: Decimal) -> str:
    return _("%(yuan)s yuan") % {"yuan": f"{fen / FEN:.2f}"}


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _days(days: float | None) -> str:
    """Half days are exact enough: a talk has a day, and no hour."""
    if days is None:
        return "–"
    shown = round(days * 2) / 2
    if not shown:
        return _("on the same day")
    return ngettext("%(n)s day", "%(n)s days", 1 if shown <= 1 else 2) % {"n": f"{shown:g}"}
