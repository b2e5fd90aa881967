"""The form in which every app reports what is waiting for a member of staff."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _


class Lane(StrEnum):
    """Lanes of Today, most urgent first, in the order of the page."""

    ADULT_NOW = "adult_now"
    AWAITING_ANSWER = "awaiting_answer"
    NOT_REACHED = "not_reached"
    DUE = "due"
    GOOD_NEWS = "good_news"


@dataclass(frozen=True)
class Urgency:
    """The urgency of a row, as shown by components/level.html; `look` is now, soon, notice or over."""

    key: str
    look: str
    word: str
    note: str = ""

    @property
    def is_now(self) -> bool:
        return self.look == "now"


@dataclass(frozen=True)
class WorkItem:
    """One row of Today: who, why in one sentence, since when, and one action.

    `key` is unique on the page. `act_url` is posted (or opened if `act_opens`) in place. `later_url` is None
    if the work can be handed over but not put off. `leads` puts the row first in its lane, no matter how long
    it has waited. `fix_url` is where to correct a number that no message reached. `also_url` is a second
    action, opened in place. `urgency` is that of the concern behind the row. `is_person`: a person is named,
    though no child whose page may be opened.
    """

    key: str
    lane: Lane
    student_id: int
    student_name: str
    why: str
    since_at: datetime
    act_label: str
    act_url: str
    act_opens: bool = False
    later_url: str | None = None
    hand_over_url: str | None = None
    fix_url: str = ""
    detail: str = field(default="", compare=False)
    leads: bool = False
    also_label: str = ""
    also_url: str = ""
    urgency: Urgency | None = None
    is_person: bool = False


def correct_the_number(url: str) -> dict[str, Any]:
    """Return the action of a row (components/work_row.html) that says that no message got through."""
    return {"label": _("Correct the number"), "url": url, "tone": "plain", "is_link": True}
