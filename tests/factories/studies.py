"""Studies, and children who answered and whose families agree."""

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from core import clock
from guardians.models import Adult, Guardianship
from privacy.models import Consent
from students.models import Student
from surveys.actions import close_round
from surveys.models import Round, Seat, Study, StudyWord
from surveys.studies import actions
from tests.factories.cast import Cast, make_student
from tests.factories.surveys import (
    OF_STUDIES,
    answer,
    begin,
    keep_scale,
    open_round,
    say_yes,
)

RECIPIENT = "师范大学 周教授"


def make_study(cast: Cast, round_: Round | None = None, **fields) -> Study:
    at = clock.now()
    if round_ is None:
        say_yes(cast)
        round_ = open_round(cast)
    given = {
        "recipient": RECIPIENT,
        "purpose": "了解孩子们在学校过得怎么样。",
        "ethics": "师范大学伦理委员会 2026-118",
        "until": timezone.localdate(at) + timedelta(days=200),
    }
    return actions.open_study(
        round=round_,
        key=uuid4(),
        by=cast.users["counsellor"],
        at=at,
        **given | fields,
    )


def say(
    study: Study, child: Student, decision: str = "given", adult: Adult | None = None, **more
) -> StudyWord:
    tie = child.guardianships.filter(kind="parent", adult__blocked_at=None).first()
    return actions.record_word(
        study=study,
        student=child,
        adult=adult or tie.adult,
        decision=decision,
        via=more.pop("via", Consent.Via.FAMILY_PAGE),
        key=more.pop("key", None) or uuid4(),
        at=clock.now(),
        **more,
    )


def classmate(cast: Cast, number: int) -> Student:
    """With a parent of its own."""
    child = make_student(cast.school_class, f"同学{number}")
    Student.objects.filter(pk=child.pk).update(born_on="2017-05-04")
    adult = Adult.objects.create(school=cast.school, name=f"家长{number}")
    Guardianship.objects.create(
        school=cast.school,
        student=child,
        adult=adult,
        kind="parent",
        relation="mother",
        starts_on="2026-01-01",
    )
    child.refresh_from_db()
    return child


def answered(
    cast: Cast, children: int = 10, *, is_over: bool = True
) -> tuple[Study, list[Student]]:
    """A round of three questions, the last of them urgent, that so many children have finished, with a study
    to which all their families agree.
    """
    mates = [classmate(cast, number) for number in range(children)]
    say_yes(cast, *mates)
    round_ = open_round(cast, str(keep_scale(cast).pk))
    begin(cast, round_)
    for seat in Seat.objects.filter(round=round_, student__in=mates).order_by("pk"):
        answer(seat, {"one": "2", "two": "1", "three": "3"})
    if is_over:
        round_ = close_round(round_=round_, by=cast.users["counsellor"], at=clock.now())
    study = make_study(cast, round_)
    for one in mates:
        say(study, one)
    return study, mates


def matrix_objects(cast: Cast, name: str) -> dict:
    if name.partition(":")[2] not in OF_STUDIES:
        return {}
    return {"pk": make_study(cast).pk, "student_id": cast.students["mengyao"].pk}
