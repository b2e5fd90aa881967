"""The shape in which every app tells a family what there is to see or do about one child."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FamilyLine:
    """One line of a child's card: words, the page behind them, and what asks for an answer.

    `order` sorts lines on a card (lower is higher up); `icon` names a drawing of family/_icon.html.
    """

    text: str
    url: str
    icon: str
    button: str = ""
    is_due: bool = False
    order: int = 50
