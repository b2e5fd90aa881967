"""Questions that staff might ask next about a child, never a percentage."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from students.models import Student


@dataclass(frozen=True)
class PendingQuestion:
    """One question; `key` is the section for the answer."""

    key: str
    words: str | Promise


def pending_questions(student: Student) -> list[PendingQuestion]:
    """Return what nobody has recorded yet, the most useful first."""
    return [question for is_known, question in _QUESTIONS if not is_known(student)]


_QUESTIONS: list[tuple[Callable[[Student], object], PendingQuestion]] = [
    (lambda s: s.born_on, PendingQuestion("identity", _("When was the child born?"))),
    (
        lambda s: s.strengths,
        PendingQuestion("strengths", _("What is the child good at? Ask a classmate.")),
    ),
    (
        lambda s: s.allergies or s.illness or s.health,
        PendingQuestion(
            "health", _("Does the child have an allergy or illness we should know about?")
        ),
    ),
    (
        lambda s: s.is_boarding is not None,
        PendingQuestion("boarding", _("Does the child board at school?")),
    ),
    (
        lambda s: s.is_boarding or s.journey_by or s.journey,
        PendingQuestion("journey", _("How does the child come to school, and with whom?")),
    ),
    (
        lambda s: s.care_plan or not s.care_grounds,
        PendingQuestion("care", _("What do school, family and village each do for this child?")),
    ),
    (lambda s: s.address or s.village, PendingQuestion("address", _("Where does the child live?"))),
    (
        lambda s: s.is_registered is not None,
        PendingQuestion("registration", _("Is the child on a household register, and where?")),
    ),
    (
        lambda s: s.wish_kind or s.wish,
        PendingQuestion("wish", _("How would the family like to live together again?")),
    ),
    (
        lambda s: s.id_number,
        PendingQuestion(
            "identity", _("What is the identity number? It is in the household booklet.")
        ),
    ),
    (
        lambda s: s.is_insured is not None,
        PendingQuestion("health", _("Does the child have health insurance?")),
    ),
    (
        lambda s: s.is_vaccinated is not None,
        PendingQuestion("health", _("Are the vaccinations complete? Check the booklet.")),
    ),
]
