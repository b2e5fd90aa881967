"""Which purposes wait for a yes, and whose yes counts. Pure.

Sources: PIPL (个人信息保护法) Art. 14-17, 28-31, 47; 未成年人网络保护条例 (2024) Art. 32, 34-38;
未成年人保护法 (2024 text) Art. 11, 21-23, 63, 72; 家庭教育促进法 Art. 21, 30; State Council 2016 no. 13.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid5

# Under this age a guardian must agree (PIPL Art. 31). For older pupils we ask a guardian all the same:
# none of the purposes is one that a child of 14 settles alone.
GUARDIAN_AGREES_UNDER_YEARS = 14
# From that age on the pupil agrees to these too; the no of a pupil of any age counts.
PUPIL_AGREES_TOO = ("weekly",)

GIVEN, REFUSED, WITHDRAWN = "given", "refused", "withdrawn"
NO = (REFUSED, WITHDRAWN)
# The village's child-welfare worker is named by law (2019 opinion of ten ministries on child-welfare
# workers): told what a visit needs unless the family says no.
ALLOWED_WITHOUT_A_WORD = ("village",)
# So long, at most, a counsellor overrides a family's no to the village before looking again; ours.
OVERRIDE_DAYS_MAX = 90
OVERRIDE_DAYS_USUAL = 30
# These concern the adult's own data, not the child's: one word, whatever the number of children.
OF_THE_ADULT = ("other_parent", "carer")
# Whose data that is, by what they are to a child (guardians.models.Guardianship.Kind).
WHOSE = {"other_parent": ("parent",), "carer": ("carer", "guardian")}


@dataclass(frozen=True)
class Word:
    """What one adult who may decide said last about one purpose."""

    decision: str
    text_version: int


def receipt_for(key: UUID, decision: str, first: str, last: str, receipt: UUID) -> UUID:
    """Under which number a word is kept that comes with the `key` of a page; both buttons have the same.
    `first`: what was said with it before; `last`: the latest word there is, with its `receipt`.

    The same again is the same word. A no that finds a yes is always a new one. A yes is one only where the
    page said no first: else it may be an older tap, come late.
    """
    if decision in NO:
        return uuid5(key, str(receipt)) if last == GIVEN else receipt
    return uuid5(key, GIVEN) if first in NO else key


def is_allowed(words: Iterable[Word], purpose: str, version: int) -> bool:
    """A refusal or withdrawal outweighs every yes, whatever text it answered; a yes counts for the
    text of today only.
    """
    said = list(words)
    if any(word.decision in NO for word in said):
        return False
    if purpose in ALLOWED_WITHOUT_A_WORD:
        return True
    return any(word.decision == GIVEN and word.text_version == version for word in said)


def pupil_allows(word: Word | None, version: int, born_on: date | None, on: date) -> bool:
    """A no of the child ends it. Without a word of its own a child under 14 leaves it to its family; one
    whose age nobody knows is asked.
    """
    if word is not None and word.decision in NO:
        return False
    if word is not None and word.text_version == version:
        return True
    return not agrees_too(born_on, on)


def agrees_too(born_on: date | None, on: date) -> bool:
    """Whether the pupil's own yes is needed beside the family's; of one whose age nobody knows, too."""
    return born_on is None or born_on <= agrees_if_born_until(on)


def agrees_if_born_until(on: date) -> date:
    """Return the latest birthday of those who are old enough to agree for themselves on `on`."""
    year = on.year - GUARDIAN_AGREES_UNDER_YEARS
    try:
        return on.replace(year=year)
    except ValueError:  # 29 February, in a year that has none
        return date(year, 3, 1) - timedelta(days=1)


def is_to_be_asked(word: Word | None, version: int) -> bool:
    """Never asked, or agreed to a text that has changed since. A no is left in peace."""
    if word is None:
        return True
    return word.decision == GIVEN and word.text_version != version
