"""One stacked bar for each question, as templates/surveys/_bars.html draws it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

STEPS = 5  # fills from light to dark, in the order of the answers
OPEN = "open"  # not known: skipped, not usable, too few to be shown
WIDTH, ROUNDING = 100.0, 0.01


@dataclass(frozen=True)
class Part:
    """One answer. `x` and `width` are for the drawing, "" if there is nothing to draw."""

    label: str
    count: int
    look: str
    x: str
    width: str


@dataclass(frozen=True)
class Bar:
    """The bar of one question.

    `hidden`: answers whose counts the reader may not see. `rest`: one piece for all of them and for those who
    were not asked.
    """

    title: str
    parts: list[Part]
    hidden: list[str]
    rest: Part | None

    @property
    def is_empty(self) -> bool:
        return not self.parts


def bar(
    title: str, answers: Sequence[tuple[str, int | None, bool]], whole: int | None = None
) -> Bar:
    """Return a bar. `answers`: label, count (None: not shown) and whether it is an answer at all.

    `whole`: how many forms there are, if some of them are in no count.
    """
    total = whole or sum(count or 0 for _label, count, _is in answers)
    # From the first step to the last, over the answers alone.
    which = [is_answer for _label, _count, is_answer in answers]
    last, place, looks = max(sum(which) - 1, 1), 0, []
    for is_answer in which:
        looks.append(f"step-{round(place / last * (STEPS - 1))}" if is_answer else OPEN)
        place += is_answer
    parts, at = [], 0.0
    for (label, count, is_answer), look in zip(answers, looks, strict=True):
        if count is None or (not count and not is_answer):
            continue
        wide = WIDTH * count / total if total else 0.0
        parts.append(Part(label, count, look, _n(at), _n(wide) if wide else ""))
        at += wide
    hidden = [label for label, count, _is in answers if count is None]
    has_rest = bool(parts) and WIDTH - at > ROUNDING
    return Bar(
        title, parts, hidden, Part("", 0, OPEN, _n(at), _n(WIDTH - at)) if has_rest else None
    )


def _n(number: float) -> str:
    """Format the number without a locale, which might put a comma into a drawing."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
