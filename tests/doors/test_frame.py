"""What is drawn once for each process is never drawn for another kind of word."""

import pytest
from django.utils.safestring import SafeString

from doors.templatetags.frame import rail_item
from doors.templatetags.icons import icon, level_mark
from schools.worklist import Urgency

WRITTEN = "<i>x</i>"
ITEM = {"url": "/x/", "icon": "check", "label": "x", "count": 0, "recount_url": ""}


@pytest.mark.parametrize(
    "draw",
    [
        lambda word: rail_item(ITEM | {"label": word, "is_current": False}),
        lambda word: level_mark(Urgency("x", "now", word)),
        lambda word: level_mark(Urgency("x", "now", "now", word)),
        icon,
    ],
)
def test_a_text_is_escaped_whatever_was_drawn_before(draw):
    assert WRITTEN in draw(SafeString(WRITTEN))
    assert WRITTEN not in draw(WRITTEN)
    assert WRITTEN in draw(SafeString(WRITTEN))


def test_a_number_is_no_yes():
    assert ">True<" in rail_item(ITEM | {"count": True, "is_current": True})
    assert ">1<" in rail_item(ITEM | {"count": 1, "is_current": True})
