"""The form in which every app tells a family what there is to see or do for one child."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FamilyLine:
    """One line of a child's card: a text, the page behind it, and a button if it needs an answer.

    `order` sorts the lines of a card (lower is higher up); `icon` names a drawing of family/_icon.html.
    """

    text: str
    url: str
    icon: str
    button: str = ""
    is_due: bool = False
    order: int = 50
