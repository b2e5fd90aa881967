"""The legal requirements for a child's file, each with its source.

(For the fields of the file: the State Council's opinion and the joint survey of the three ministries list
what must be known about a child.)
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class LawMark:
    """A legal requirement: a short `source`, and `words` for what it requires."""

    source: str | Promise
    words: str | Promise


# 国发〔2016〕13号; 民发〔2016〕42号 with the registration form of its annex.
SURVEY = LawMark(
    _("State Council 2016 no. 13; Civil Affairs, Education and Police 2016 no. 42"),
    _(
        "School, village and township keep a file for each left-behind child and know who it is, how "
        "it lives and how it is. The county's ledger asks for the same."
    ),
)
# 未成年人保护法 (2024 text) Art. 21-23.
CARE = LawMark(
    _("Minors Protection Law, Art. 21 to 23"),
    _(
        "Parents who leave name a person able to care for the child, listen to the child's view,"
        " and tell the school and the village committee in writing who it is and how to reach"
        " them."
    ),
)
CONTACT = LawMark(
    _("Minors Protection Law, Art. 22 and 23"),
    _(
        "The school knows where the parents are and how to reach them; they speak with the child and "
        "the carer at least once a week."
    ),
)
# 家庭教育促进法 Art. 21, 30.
TOGETHER = LawMark(
    _("Family Education Promotion Law, Art. 21 and 30"),
    _("Parents away and the school keep in touch about the child; one file for one child."),
)

# 教育部《进一步加强中小学生心理健康工作十条措施》, Oct 2025.
SPECIAL_CARE = LawMark(
    _("Ministry of Education, Ten Measures of October 2025"),
    _(
        "A record and a plan for each left-behind, migrant, orphaned or unsupported child and each child of a"
        " single parent, and at least one home visit a term."
    ),
)

_MARKS = {
    "care": SPECIAL_CARE,
    "identity": SURVEY,
    "address": SURVEY,
    "boarding": SURVEY,
    "health": SURVEY,
    "registration": SURVEY,
    "carer": CARE,
    "where": CONTACT,
    "wish": TOGETHER,
}


def law_of(key: str) -> LawMark | None:
    """Return the mark for a section's key; for "where-17" that of "where"."""
    return _MARKS.get(key.split("-")[0])
