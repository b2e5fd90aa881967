"""Fit words into the round table and its seats, as large as possible and broken into lines. Pure geometry."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import sqrt
from unicodedata import east_asian_width

LEADING = 1.1  # line spacing, as a multiple of the letter size
# Width of a letter as a multiple of its size, for a wide typeface: few phones have a wider one.
PLAIN, BOLD, HAN = 0.6, 0.72, 1.0
LINES_MAX = 3


@dataclass(frozen=True)
class Line:
    words: str
    y: float


@dataclass(frozen=True)
class Label:
    size: int
    lines: tuple[Line, ...]


def width(words: str, size: float, letter: float = PLAIN) -> float:
    return size * sum(HAN if east_asian_width(one) in "WF" else letter for one in words)


def within(
    words: str, sizes: tuple[int, ...], radius: float, middle: float = 0.0, letter: float = PLAIN
) -> Label | None:
    """Return the words in the largest size that fits into a circle, or None if none does.

    The words are centred `middle` below the centre of the circle.
    """
    for size in sizes:
        for lines in _broken(words):
            first = middle - (len(lines) - 1) * size * LEADING / 2
            heights = [first + number * size * LEADING for number in range(len(lines))]
            # Each line must fit into the chord at its edge, farthest from the centre.
            if all(
                width(line, size, letter)
                <= 2 * sqrt(max(0.0, radius**2 - (abs(at) + size / 2) ** 2))
                for line, at in zip(lines, heights, strict=True)
            ):
                # Letters sit on their baseline, about a third of their size below the middle of the
                # line.
                return Label(
                    size,
                    tuple(
                        Line(line, round(at + size * 0.36, 1))
                        for line, at in zip(lines, heights, strict=True)
                    ),
                )
    return None


def _broken(words: str) -> Iterator[tuple[str, ...]]:
    """Yield the ways to break the words into one, two or three lines, the fewest and most even lines first.

    Lines break between words, or between any two characters if the script has no spaces.
    """
    pieces = words.split(" ")
    space = " "
    if len(pieces) == 1 and all(east_asian_width(one) in "WF" for one in words):
        pieces, space = list(words), ""
    for count in range(1, min(LINES_MAX, len(pieces)) + 1):
        cuts = combinations(range(1, len(pieces)), count - 1)
        ends = [(0, *places, len(pieces)) for places in cuts]
        ways = [tuple(space.join(pieces[a:b]) for a, b in pairwise(one)) for one in ends]
        yield from sorted(ways, key=lambda lines: max(map(len, lines)))
