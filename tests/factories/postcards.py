"""Postcards between 徐梦瑶 and her parents, with the family's yes; for tests of every room."""

from datetime import datetime
from uuid import uuid4

from core import clock
from guardians.models import Adult, Relation
from postcards import actions
from postcards.models import Postcard
from privacy.actions import record_consent
from students.models import Student
from tests.factories.cast import Cast, make_adult, make_guardianship, send_away
from tests.factories.files import as_file, wav


def say_yes(adult: Adult, student: Student, decision: str = "given") -> None:
    record_consent(
        adult=adult,
        student=student,
        purpose="voice",
        decision=decision,
        via="family_page",
        key=uuid4(),
        at=clock.now(),
    )


def agree(cast: Cast, decision: str = "given") -> None:
    """The mother's word about the voice of 徐梦瑶."""
    say_yes(cast.adults["mother"], cast.students["mengyao"], decision)


def add_father(cast: Cast) -> Adult:
    """A father who is in touch, beside the one who is blocked."""
    father = make_adult(cast.school, "徐大山", "+8613893510008")
    make_guardianship(cast.students["mengyao"], father, Relation.FATHER)
    send_away(father, "杭州")
    return father


def voice_file(seconds: float = 1.0):
    return as_file(wav(seconds), "voice.wav", "audio/wav")


def send_card(cast: Cast, *adults: Adult, at: datetime | None = None, child="mengyao") -> Postcard:
    """From the child; to the mother where nobody else is named."""
    return actions.send_to_family(
        student=cast.students[child],
        adults=adults or (cast.adults["mother"],),
        file=voice_file(),
        key=uuid4(),
        at=at or clock.now(),
    )


def answer_card(cast: Cast, *, at: datetime | None = None) -> Postcard:
    """From the mother to the child."""
    return actions.send_to_child(
        student=cast.students["mengyao"],
        sender=cast.adults["mother"],
        file=voice_file(),
        key=uuid4(),
        by=cast.users["mother"],
        at=at or clock.now(),
    )


def matrix_objects(cast: Cast, name: str) -> dict[str, object]:
    """Arguments of one address of the access matrix, with the row behind it."""
    agree(cast)
    if name.startswith("pupil:postcard_") and "sent" not in name and "back" not in name:
        return {"pk": answer_card(cast).pk}
    card = send_card(cast)
    return {"pk": card.pk, "key": card.key}
