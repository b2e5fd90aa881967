"""Decide which purposes need a yes, and whose yes counts. Pure.

Sources: PIPL (个人信息保护法) Art. 14-17, 28-31, 47; 未成年人网络保护条例 (2024) Art. 32, 34-38;
未成年人保护法 (2024 text) Art. 11, 21-23, 63, 72; 家庭教育促进法 Art. 21, 30; State Council 2016 no. 13.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid5

# Below this age a guardian must agree (PIPL Art. 31). For older pupils we ask a guardian all the same,
# because a child of 14 decides none of these purposes alone.
GUARDIAN_AGREES_UNDER_YEARS = 14
# From that age on the pupil must agree to these too; at any age a pupil's no counts.
PUPIL_AGREES_TOO = ("weekly",)

GIVEN, REFUSED, WITHDRAWN = "given", "refused", "withdrawn"
NO = (REFUSED, WITHDRAWN)
# The law names the village's child-welfare worker (2019 opinion of ten ministries on child-welfare workers),
# who is told what a visit needs unless the family says no.
ALLOWED_WITHOUT_A_WORD = ("village",)
# Days: the longest time for which a family's no to the village worker can be overridden before somebody
# reviews it; our own figure.
OVERRIDE_DAYS_MAX = 90
OVERRIDE_DAYS_USUAL = 30
# These concern the adult's own data, not the child's: one decision for all their children.
OF_THE_ADULT = ("other_parent", "carer")
# The kinds of adults whose data it is (guardians.models.Guardianship.Kind).
WHOSE = {"other_parent": ("parent",), "carer": ("carer", "guardian")}


@dataclass(frozen=True)
class Word:
    """The latest decision about one purpose by one person who may decide."""

    decision: str
    text_version: int


def receipt_for(key: UUID, decision: str, first: str, last: str, receipt: UUID) -> UUID:
    """Return the receipt number for a decision that was sent with the `key` of a page, which both buttons
    share.

    `first` is the earlier decision recorded with that key; `last` is the latest decision there is, and
    `receipt` its number.

    The same decision again keeps its number. A no that follows a yes always gets a new number. A yes gets a
    new one only if the page sent a no before it; otherwise it may be an older tap that arrived late.
    """
    if decision in NO:
        return uuid5(key, str(receipt)) if last == GIVEN else receipt
    return uuid5(key, GIVEN) if first in NO else key


def is_allowed(words: Iterable[Word], purpose: str, version: int) -> bool:
    """Return whether the purpose is allowed.

    A refusal or withdrawal outweighs every yes, whatever text it answered; a yes counts only for the current
    text.
    """
    said = list(words)
    if any(word.decision in NO for word in said):
        return False
    if purpose in ALLOWED_WITHOUT_A_WORD:
        return True
    return any(word.decision == GIVEN and word.text_version == version for word in said)


def pupil_allows(word: Word | None, version: int, born_on: date | None, on: date) -> bool:
    """Return whether the pupil's own decision allows it.

    A no from the child is final. A child under 14 without a decision leaves it to the family; a child of
    unknown age has to be asked.
    """
    if word is not None and word.decision in NO:
        return False
    if word is not None and word.text_version == version:
        return True
    return not agrees_too(born_on, on)


def agrees_too(born_on: date | None, on: date) -> bool:
    """Return whether the pupil's own yes is needed as well as the family's; for a child of unknown
    age it is.
    """
    return born_on is None or born_on <= agrees_if_born_until(on)


def agrees_if_born_until(on: date) -> date:
    """Return the latest birthday of those who are old enough to agree for themselves on `on`."""
    year = on.year - GUARDIAN_AGREES_UNDER_YEARS
    try:
        return on.replace(year=year)
    except ValueError:  # 29 February, in a year that has none
        return date(year, 3, 1) - timedelta(days=1)


def is_to_be_asked(word: Word | None, version: int) -> bool:
    """Return whether to ask: there is no answer yet, or the text has changed since the yes.

    We do not ask again after a no.
    """
    if word is None:
        return True
    return word.decision == GIVEN and word.text_version != version
