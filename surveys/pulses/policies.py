"""Who may answer a pulse today, and who may read the answers: only while consent is in force."""

from collections.abc import Collection
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from accounts.models import User
from core.prepared import Question, prepared
from guardians.models import Adult, Guardianship
from guardians.queries import current_guardianships
from privacy import rules as privacy
from privacy.models import Purpose
from privacy.policies import adults_allowing, families_allowing, students_allowing
from privacy.queries import pupil_word
from privacy.texts import version_of
from schools.policies import school_ids_where
from schools.roles import Permission
from students.barriers import barriers_in_force
from students.models import Enrolment, Student
from students.policies import get_student_for, own_children, students_visible_to
from students.queries import class_teachers, enrolments_not_over
from surveys import shipped
from surveys.asked import kinds_of, ties_between
from surveys.models import Pulse
from surveys.pulses import rules


class Standing(StrEnum):
    """What a pupil sees at the pupils' door."""

    NOTHING = ""  # the family has not agreed
    ASKED = "asked"  # the family has; now the pupil is asked for their own yes
    OFF = "off"  # the pupil does not want it
    ON = "on"


def standing_of(student: Student, on: date) -> Standing:
    if not families_allowing(Purpose.WEEKLY, on).filter(pk=student.pk).exists():
        return Standing.NOTHING
    word = pupil_word(student, Purpose.WEEKLY)
    if privacy.pupil_allows(word, version_of(Purpose.WEEKLY), student.born_on, on):
        return Standing.ON
    return Standing.OFF if word and word.decision in privacy.NO else Standing.ASKED


def tie_of_carer(
    adults: Collection[Adult], student_ids: Collection[int], on: date
) -> Guardianship | None:
    """Return the tie to one of these children by which one person (of these records) is asked how they are.

    None if they have not agreed or care for none of them.
    """
    adult_ids = _agreed(adult_ids=[one.pk for one in adults])
    if not adult_ids:
        return None
    kinds = kinds_of(shipped.instruments()[rules.CARER])
    asked = {"student_ids": list(student_ids), "adult_ids": adult_ids, "kinds": kinds, "on": on}
    return next(iter(ties_between(**asked)), None)


def carer_questions(adult_ids: Collection[int]) -> list[Question]:
    """Return the first query of `tie_of_carer`, to be run together with others."""
    return [_agreed.question(adult_ids=adult_ids)]


@prepared
def _agreed(*, adult_ids) -> QuerySet[Any]:
    return adults_allowing(Purpose.CARER).filter(pk__in=adult_ids).values_list("pk", flat=True)


def get_student_to_follow(user: User, pk: int, on: date) -> Student:
    """Return the child whose line the user may see: a counsellor with access to the file."""
    student = get_student_for(user, pk, on)
    if student.school_id not in school_ids_where(user, Permission.RUN_SURVEYS, on):
        raise Http404
    return student


def pulses_readable(on: date) -> QuerySet[Pulse]:
    """Return pulses of children and adults whose consent is in force; after a no nobody reads them."""
    children = Pulse.objects.filter(student__in=students_allowing(Purpose.WEEKLY, on).values("pk"))
    return children | Pulse.objects.filter(adult__in=adults_allowing(Purpose.CARER).values("pk"))


def talks_asked_of(user: User, on: date) -> QuerySet[Pulse]:
    """Return talks that `user` is asked for.

    As the child's class teacher; as counsellor, for a carer or for a child without a class teacher who may
    see its file.
    """
    waiting = pulses_readable(on).filter(asks_for_talk=True)
    running = school_ids_where(user, Permission.RUN_SURVEYS, on)
    child = OuterRef(OuterRef("student_id"))
    teachers = class_teachers(child, on).filter(user__is_active=True)
    untaught = Q(
        ~Exists(teachers.filter(~Exists(barriers_in_force(child).filter(user=OuterRef("user"))))),
        ~Exists(_gone_elsewhere(on)),
        school_id__in=running,
        student__in=students_visible_to(user, on).values("pk"),
    )
    mine = waiting.filter(Q(student__in=own_children(user, on)) | untaught)
    ties = current_guardianships(on).filter(
        adult_id=OuterRef("adult_id"), student__in=students_visible_to(user, on).values("pk")
    )
    of_carers = waiting.filter(Exists(ties), student=None, school_id__in=running)
    return Pulse.objects.filter(pk__in=mine.values("pk")) | Pulse.objects.filter(
        pk__in=of_carers.values("pk")
    )


def _gone_elsewhere(on: date) -> QuerySet[Enrolment]:
    """Return, for use in Exists(), the end of a pulse's child here: nobody here meets it any more."""
    Left = Enrolment.Left
    reasons = (Left.OTHER_SCHOOL, Left.TO_PARENTS, Left.FINISHED)
    ended = Enrolment.objects.filter(
        student_id=OuterRef("student_id"), school_id=OuterRef("school_id"), ends_on__lt=on
    )
    return ended.filter(left_reason__in=reasons).exclude(
        student__in=enrolments_not_over(on).values("student_id")
    )


def open_talks(student: Student, on: date) -> QuerySet[Pulse]:
    """Return talks with this child for which somebody was asked, and which nobody has recorded."""
    return pulses_readable(on).filter(student=student, asks_for_talk=True, talked_at=None)


def talk_about(student: Student, on: date) -> Pulse | None:
    """Return the latest talk for which the class teacher of this child was asked, done or not."""
    asked = pulses_readable(on).filter(student=student, asks_for_talk=True)
    return asked.select_related("talked_by").order_by("week_on").last()


def carer_talks_about(student: Student, on: date) -> QuerySet[Pulse]:
    """Return unsettled pulses of this child's carers who need a word."""
    carers = current_guardianships(on).filter(student=student).values("adult_id")
    waiting = pulses_readable(on).filter(adult__in=carers, asks_for_talk=True, talked_at=None)
    return waiting.select_related("adult").order_by("week_on")


def get_talk_for(user: User, pk: int, on: date) -> Pulse:
    found = talks_asked_of(user, on).select_related("student", "adult").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
