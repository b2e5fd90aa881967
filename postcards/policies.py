"""Who may record, who receives a postcard, and who may hear it. Checked every time.

Staff are not among them: a child's private messages are not read (Minors Protection Law, Art. 63). There
is no address at which a member of staff could listen, and no condition here lets one.
"""

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import Http404

from guardians.models import Adult, Guardianship
from guardians.queries import (
    approachable,
    current_guardianships,
    has_usable_way,
    informed_guardianships,
    is_away_now,
    may_be_written_to,
)
from postcards.models import Postcard, PostcardFor
from privacy.actions import latest_word
from privacy.models import Consent, Purpose
from privacy.policies import is_allowed, may_decide, students_allowing
from students.models import Student


def recipients_of(student: Student, on: date) -> QuerySet[Guardianship]:
    """Return the parents to whom this child can send: in touch, not blocked, and with a working contact.

    An address that a blocked adult shares does not count.
    """
    return (
        _parents(on)
        .filter(may_be_written_to(), has_usable_way("adult_id"), student=student)
        .select_related("adult")
    )


def _parents(on: date) -> QuerySet[Guardianship]:
    return informed_guardianships(on).filter(kind=Guardianship.Kind.PARENT, adult__blocked_at=None)


def may_record(student: Student, at: datetime) -> bool:
    """Return whether the family has agreed to recording the child's voice."""
    return is_allowed(student, Purpose.VOICE, at)


def copies_that_reach(on: date) -> QuerySet[PostcardFor]:
    """Return the copies that their recipients may hear today.

    The recipient must still be a parent who may see the child's page, must not be blocked, and the
    family's consent must still apply.
    """
    is_parent = _parents(on).filter(
        adult_id=OuterRef("adult_id"), student_id=OuterRef("postcard__student_id")
    )
    return PostcardFor.objects.filter(
        Exists(is_parent),
        postcard__withdrawn_at=None,
        postcard__voice__isnull=False,
        postcard__student__in=students_allowing(Purpose.VOICE, on),
    ).select_related("postcard__student", "postcard__voice", "adult")


def copies_for(adults: Collection[Adult], on: date) -> QuerySet[PostcardFor]:
    """Return the copies that these adults, who are records of one signed-in person, may hear."""
    return copies_that_reach(on).filter(adult__in=adults)


def get_copy_for(adults: Collection[Adult], postcard_id: int, on: date) -> PostcardFor:
    copy = copies_for(adults, on).filter(postcard_id=postcard_id).order_by("pk").first()
    if copy is None:
        raise Http404
    return copy


def may_answer(adults: Collection[Adult], on: date) -> QuerySet[Guardianship]:
    """Return the guardianships through which these adults may send their voice to a child."""
    rows = _parents(on).filter(approachable(), adult__in=adults)
    return rows.select_related("adult", "student__school")


def get_answering(adults: Collection[Adult], student_id: int, on: date) -> Guardianship:
    held = may_answer(adults, on).filter(student_id=student_id).order_by("pk").first()
    if held is None:
        raise Http404
    return held


def cards_to_child(student: Student, on: date) -> QuerySet[Postcard]:
    """Return the postcards that a child may hear: from current parents who are not blocked."""
    held = _parents(on).filter(adult_id=OuterRef("sender_id"), student_id=OuterRef("student_id"))
    return (
        Postcard.objects.filter(
            Exists(held),
            student=student,
            direction=Postcard.Direction.TO_CHILD,
            withdrawn_at=None,
            voice__isnull=False,
        )
        .annotate(**{"relation": Subquery(held.values("relation")[:1])})  # declared in Postcard
        .select_related("sender", "voice")
    )


def newest_to_child(student: Student, on: date, limit: int) -> list[tuple[Postcard, str]]:
    """Return the latest postcards to the child, each with the sender's relation (Guardianship.relation)."""
    return [(card, card.relation) for card in cards_to_child(student, on)[:limit]]


def get_card_to_child(student: Student, postcard_id: int, on: date) -> Postcard:
    card = cards_to_child(student, on).filter(pk=postcard_id).first()
    if card is None:
        raise Http404
    return card


def parents_to_ask_about(student: Student, on: date) -> QuerySet[Guardianship]:
    """Return the parents whom a child can be asked about: those away, or if there are none, those at home.

    Parents who have died, are missing, in prison, not in contact or blocked are never named. If one
    parent is away, a talk with the other one at home says nothing about the week.
    """
    in_touch = current_guardianships(on).filter(
        approachable(), student=student, kind=Guardianship.Kind.PARENT
    )
    away = in_touch.filter(is_away_now(on, "adult_id"))
    return (away if away.exists() else in_touch).select_related("adult")


def may_still_agree(adults: Collection[Adult], student: Student, on: date) -> bool:
    """Return whether to tell these adults that their consent is missing.

    The other parent's answer is never shown.
    """
    words = [latest_word(adult=adult, student=student, purpose=Purpose.VOICE) for adult in adults]
    has_agreed = any(word and word.decision == Consent.Decision.GIVEN for word in words)
    return not has_agreed and may_decide([adult.pk for adult in adults], student, on)
