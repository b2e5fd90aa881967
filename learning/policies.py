"""Who reads and releases lessons, who sends them to whom, and what a family may open.

Counsellor and principal release a lesson at their school, an officer at every school of the county
(learning.county.policies). A class teacher sends to their own class, counsellor and principal to the whole
school. A family sees what it was sent, and what its school has released for it.
"""

from collections.abc import Collection
from datetime import date

from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import User
from core.prepared import prepared
from guardians.models import Adult
from learning.models import CountyReading, Lesson, LessonReading, LessonSent
from learning.queries import lessons_known_to, lessons_out, with_out
from learning.reach import Reader, own_ties, readers_of, ties
from schools.models import School, SchoolClass, holds_on
from schools.policies import may
from schools.queries import classes_of_day
from schools.roles import Permission, roles_with
from students.models import Enrolment, Student
from students.policies import reach_of, students_visible_to

# -- staff --------------------------------------------------------------------------------------


def lessons_visible_at(school: School) -> QuerySet[Lesson]:
    """Return lessons of the current packs, ours and the school's, and those ever reviewed for the school."""
    own = LessonReading.objects.filter(school=school)
    of_county = CountyReading.objects.filter(county=school.county_id)
    return lessons_known_to(school.pk).filter(
        Q(place__isnull=False)
        | Q(pk__in=own.values("lesson_id"))
        | Q(digest__in=of_county.values("digest"))
    )


def get_lesson_at(school: School, pk: int) -> Lesson:
    found = lessons_visible_at(school).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def may_let_out(user: User, school: School, on: date) -> bool:
    return may(user, Permission.RELEASE_LESSONS, school, on)


def classes_sent_to_by(user: User, school: School, on: date) -> QuerySet[SchoolClass]:
    schools, classes = reach_of(user, on, roles_with(Permission.SEND_LESSONS))
    reached = Q(school_id__in=schools) | Q(pk__in=classes)
    rows = classes_of_day(on).filter(reached, school=school).select_related("grade")
    return rows.order_by("grade__number", "number", "pk")


def children_of(school_class: SchoolClass, on: date) -> QuerySet[Student]:
    """Return all children of the class.

    The class is written to as a whole, even if a file is closed to the sender.
    """
    rows = Enrolment.objects.filter(holds_on(on), school_class=school_class)
    return Student.objects.filter(pk__in=rows.values("student_id"))


def children_to_pick(user: User, school_class: SchoolClass, on: date) -> QuerySet[Student]:
    seen = students_visible_to(user, on).values("pk")
    return children_of(school_class, on).filter(pk__in=seen).order_by("name_pinyin", "pk")


def sent_seen_by(user: User, lesson: Lesson, school: School, on: date) -> QuerySet[LessonSent]:
    """Return what `user` may count: the adults of their own classes, or of the whole school."""
    schools, classes = reach_of(user, on, roles_with(Permission.WORK_CHECK_INS))
    rows = LessonSent.objects.filter(lesson=lesson, school=school)
    if school.pk in schools:
        return rows
    children = Enrolment.objects.filter(holds_on(on), school_class_id__in=classes)
    held = ties(on).filter(student_id__in=children.values("student_id"))
    return rows.filter(adult_id__in=held.values("adult_id"))


# -- family -------------------------------------------------------------------------------------


def readers_in(adults: Collection[Adult] | QuerySet[Adult], on: date) -> list[Reader]:
    """Return the records of one person that bring up a child at a school today."""
    known = {adult.pk: adult for adult in adults}
    rows = own_ties(adult_ids=list(known), on=on)
    for tie in rows:
        tie.adult = known[tie.adult_id]
    return readers_of(rows, on)


def sent_to(readers: Collection[Reader]) -> QuerySet[LessonSent]:
    """Return what these readers were sent or have opened, with `is_out`."""
    rows = LessonSent.objects.filter(adult_id__in=[one.adult.pk for one in readers])
    return with_out(rows).select_related("lesson")


@prepared
def sent_rows(*, adult_ids) -> QuerySet[LessonSent]:
    """Like `sent_to`, without the lessons."""
    return with_out(LessonSent.objects.filter(adult_id__in=adult_ids))


def to_choose(readers: Collection[Reader]) -> dict[int, Reader]:
    """Return {lesson id: the record as which they would read it}.

    These lessons are released by the record's school, and meant for it.
    """
    found: dict[int, Reader] = {}
    for reader in readers:
        rows = lessons_out(reader.adult.school_id).filter(place__isnull=False)
        for lesson in rows:
            if reader.is_meant_by(lesson):
                found.setdefault(lesson.pk, reader)
    return found


def reader_of(readers: Collection[Reader], pk: int) -> tuple[Lesson, Adult]:
    """Return the lesson and the adult as whom they read it.

    Raises 404 if they were not sent it and may not choose it.
    """
    sent = sent_to(readers).filter(lesson_id=pk).order_by("pk").first()
    if sent is not None:
        adult = next(one.adult for one in readers if one.adult.pk == sent.adult_id)
        return sent.lesson, adult
    chosen = to_choose(readers).get(pk)
    if chosen is None:
        raise Http404
    return Lesson.objects.get(pk=pk), chosen.adult
