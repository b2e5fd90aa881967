"""What each figure means, in words: pages, Excel and whoever reads them later ask the same.

How a fact is decided (connected, confirmed, reachable, needs an adult now) lives in the room that owns it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True)
class Definition:
    """`counts` of `out_of` (empty: a number, no share). `missing`: what becomes of what nobody recorded."""

    key: str
    name: Words
    counts: Words
    window: Words
    source: Words
    missing: Words
    out_of: Words = ""


SEVEN_DAYS = _("today and the six days before")
AS_OF_NOW = _("as of now")
AWAY = _("all children in a class with a parent away who is in touch")
FAMILIES_FILE = _("the family's file: contact points, and what came back when messages were sent")
CONCERNS = _("the school's concerns; without children whose file is closed to the reader")

_ALL = (
    Definition(
        "connected",
        _("Talked with a parent"),
        _("children with at least one talk with a parent on record"),
        SEVEN_DAYS,
        _("talks told by parents, by the adults at home, by the child or by staff, and calls at school"),
        _("A talk that nobody recorded does not count: the true share is at least this high."),
        AWAY,
    ),
    Definition(
        "confirmed",
        _("Confirmed by both sides"),
        _("children of whom the parent and the child's side both say so, or the school saw the talk"),
        SEVEN_DAYS,
        _("the same talks, by who told of them"),
        _("What only one side told stays with “talked”, not here."),
        _("children who talked with a parent"),
    ),
    Definition(
        "trend",
        _("Twelve weeks"),
        _("the same share, counted anew for the last day of each week"),
        _("twelve times seven days"),
        _("talks, and who was away and in a class on that day"),
        _("A week without any talk on record shows nothing: nobody knows, which is not zero."),
        AWAY,
    ),
    Definition(
        "silence",
        _("No talk in the last 7 days"),
        _("children with a parent away who are not connected; the longest silence beside it"),
        SEVEN_DAYS,
        _("talks"),
        _("Who never talked on record is counted apart and comes before the longest silence."),
    ),
    Definition(
        "changes",
        _("Since a week ago"),
        _("children who talked in one of the two weeks and not in the other; ways that broke since then"),
        _("the last seven days beside the seven before"),
        _("talks, and what came back when messages were sent"),
        _("Children without a parent away today are left out of both weeks."),
    ),
    Definition(
        "reachable",
        _("Ways to a family"),
        _("children by how many phone numbers and addresses of the adults around them still work"),
        AS_OF_NOW,
        FAMILIES_FILE,
        _("Families without any number on record are counted apart."),
        AWAY,
    ),
    Definition(
        "unreachable",
        _("Family not reachable"),
        _("children around whom no number or address works, or none is on record"),
        AS_OF_NOW,
        FAMILIES_FILE,
        _("A number that was never tried counts as working."),
        AWAY,
    ),
    Definition(
        "now",
        _("Needs an adult now"),
        _("open concerns whose urgency says so"),
        AS_OF_NOW,
        CONCERNS,
        _("What nobody reported is not known. Always of the whole school."),
    ),
    Definition(
        "open",
        _("Open concerns in all"),
        _("concerns that are not closed"),
        AS_OF_NOW,
        CONCERNS,
        _("What nobody reported is not known. Always of the whole school."),
    ),
    Definition(
        "not_taken",
        _("Not taken on yet"),
        _("open concerns that no adult has taken on"),
        AS_OF_NOW,
        CONCERNS,
        _("What nobody reported is not known. Always of the whole school."),
    ),
    Definition(
        "looked_for",
        _("The teacher is looking for the family"),
        _("families that a teacher was asked to find because no message was answered"),
        AS_OF_NOW,
        _("the weekly questions and what became of them"),
        _("Families who were never asked are not among them. Always of the whole school."),
    ),
    Definition(
        "balance",
        _("Who starts the conversation"),
        _("exchanges whose first message came from the family"),
        _("this calendar month"),
        _("conversations between families and staff"),
        _("Talks by phone that nobody wrote down do not count. Always of the whole school."),
        _("all exchanges of the month"),
    ),
    Definition(
        "whereabouts",
        _("A parent's whereabouts are not known"),
        _("children with a parent in touch who is recorded neither as away nor as at home"),
        AS_OF_NOW,
        _("the family's file"),
        _("They are in no other figure of this page until somebody says where the parent is."),
    ),
    Definition(
        "no_parent",
        _("No parent on record"),
        _("children in a class without any parent in their file"),
        AS_OF_NOW,
        _("the family's file"),
        _("They are in no other figure of this page."),
    ),
)  # fmt: skip
DEFINITIONS = {one.key: one for one in _ALL}


def definitions() -> Sequence[Definition]:
    """In the order of the page."""
    return _ALL
