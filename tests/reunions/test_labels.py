"""The words on the round table stay inside their shapes in every language."""

from math import hypot

import pytest

from reunions.labels import BOLD, LEADING, PLAIN, Label, width, within
from reunions.presenters import RING, RING_SIZES, RING_WORDS, SEAT, in_seat

SEATED = [
    "妈妈",
    "mother",
    "grandma",
    "欧阳娜娜",
    "阿依古丽",
    "brother or sister",
    "you",
    "acquaintance",
]
COUNTED = ["天到除夕", "days to New Year's Eve", "days to the holidays"]


def stays_in(label: Label, radius: float, letter: float) -> bool:
    """Return whether each corner of each line is inside the circle."""
    corners = [
        (
            width(line.words, label.size, letter) / 2,
            line.y - label.size * 0.36 + side * label.size / 2,
        )
        for line in label.lines
        for side in (-1, 1)
    ]
    return all(hypot(x, y) <= radius + 0.1 for x, y in corners)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("words", SEATED)
def test_a_seat_holds_its_words_or_their_first_letter(words, times):
    words = " ".join([words] * times)
    label = in_seat(words)
    if label is None:
        label = in_seat(words[:1])
    else:
        assert "".join(line.words for line in label.lines).replace(" ", "") == words.replace(
            " ", ""
        )
    assert label
    assert stays_in(label, SEAT, BOLD)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("words", COUNTED)
def test_the_words_under_the_days_stay_in_the_ring_or_stand_beneath_it(words, times):
    label = within(" ".join([words] * times), RING_SIZES, RING, RING_WORDS)
    assert label is not None or times == 2
    if label:
        assert stays_in(label, RING, PLAIN)
        assert min(line.y for line in label.lines) > 8  # below the number


def test_the_usual_words_are_whole():
    for words in ("妈妈", "mother", "grandma", "欧阳娜娜"):
        assert in_seat(words)


def test_lines_follow_each_other():
    label = within("days to New Year's Eve", RING_SIZES, RING, RING_WORDS)
    assert label
    heights = [line.y for line in label.lines]
    assert heights == pytest.approx(
        [heights[0] + number * label.size * LEADING for number in range(len(heights))], abs=0.2
    )
