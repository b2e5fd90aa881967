"""Who may write to whom, who sees a notice, and what a family may open.

A class teacher writes to their own class; principal and administrator write to the whole school. On a
board everybody sees the children they may see anyway. A family sees notices about a child whose file it
may see today; nobody else does, whatever we sent them before.
"""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import User
from core.prepared import prepared
from guardians.models import Adult, Guardianship
from guardians.policies import guardianships_of
from notices.models import Notice, NoticeAnswer, NoticeChild, NoticeFile
from privacy.policies import deciders
from schools.models import SchoolClass, holds_on
from schools.policies import may, school_ids_where
from schools.queries import classes_of_day
from schools.roles import Permission, roles_with
from students.models import Enrolment, Student
from students.policies import children_of_own_classes, reach_of, students_visible_to

# We write to the adults who bring the child up, not to emergency contacts.
KINDS = Guardianship.RAISING
State = Notice.State
OUT = (State.SENT, State.RECALLED)


def _reach(user: User, on: date) -> tuple[list[int], list[int]]:
    """Return ids of the schools and of the user's own classes to which `user` may write."""
    return reach_of(user, on, roles_with(Permission.WRITE_NOTICES))


def classes_writable_by(user: User, on: date) -> QuerySet[SchoolClass]:
    """Return the classes to which `user` may write, in the school year of that day."""
    schools, classes = _reach(user, on)
    reached = Q(school_id__in=schools) | Q(pk__in=classes)
    return classes_of_day(on).filter(reached).select_related("grade")


def may_write(user: User, on: date) -> bool:
    return any(_reach(user, on))


def schools_written_to(user: User, on: date) -> list[int]:
    """Return ids of schools to all of whose families `user` may write."""
    return _reach(user, on)[0]


def may_write_to_school(user: User, school_id: int, on: date) -> bool:
    return school_id in schools_written_to(user, on)


def children_to_pick_from(user: User, on: date) -> QuerySet[Enrolment]:
    """Return children of these classes whom `user` may see, ordered by class and name."""
    rows = Enrolment.objects.filter(
        holds_on(on),
        school_class__in=classes_writable_by(user, on),
        student__in=students_visible_to(user, on),
    ).select_related("student", "school_class__grade")
    return rows.order_by(
        "school_class__grade__number", "school_class__number", "student__name_pinyin", "pk"
    )


def audience_of(notice: Notice, on: date) -> QuerySet[Enrolment]:
    """Return today's enrolments in the classes that the notice names, if its author may write there today.

    A class is addressed as a whole, even if the file of one of its children is closed to the author.
    """
    classes = classes_writable_by(notice.author, on).filter(school_id=notice.school_id)
    rows = Enrolment.objects.filter(holds_on(on), school_class__in=classes)
    if notice.scope == Notice.Scope.SCHOOL:
        if not may_write_to_school(notice.author, notice.school_id, on):
            return rows.none()
    elif notice.scope == Notice.Scope.GRADES:
        rows = rows.filter(school_class__grade__number__in=notice.picked)
    elif notice.scope == Notice.Scope.CLASSES:
        rows = rows.filter(school_class__in=notice.picked)
    else:
        rows = rows.filter(student__in=notice.picked)
    return rows.select_related("student", "school_class")


# -- staff --------------------------------------------------------------------------------------


def notices_visible_to(user: User, on: date) -> QuerySet[Notice]:
    """Return the user's own notices, all of a school they may write to, and those sent to their class."""
    working = school_ids_where(user, Permission.WORK_CHECK_INS, on)
    seen = Q(author_id=user.pk) | (Q(school_id__in=_reach(user, on)[0]) & ~Q(state=State.DRAFT))
    about = NoticeChild.objects.filter(student_id__in=children_of_own_classes(user, on))
    seen |= Q(state__in=OUT, pk__in=about.values("notice_id"))
    return Notice.objects.filter(seen, school_id__in=working)


def _one(rows: QuerySet[Notice], pk: int) -> Notice:
    found = rows.select_related("school", "author", "recalled_by", "sent_for").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def get_notice_for(user: User, pk: int, on: date) -> Notice:
    return _one(notices_visible_to(user, on), pk)


def notices_led_by(user: User, on: date) -> QuerySet[Notice]:
    """Return the notices that `user` may change, send and recall.

    These are their own, and all of a school to all of whose families they may write, as long as they may
    write at all.
    """
    writing = school_ids_where(user, Permission.WRITE_NOTICES, on)
    rows = notices_visible_to(user, on).filter(school_id__in=writing)
    return rows.filter(Q(author=user) | Q(school_id__in=_reach(user, on)[0]))


def get_notice_led_by(user: User, pk: int, on: date) -> Notice:
    return _one(notices_led_by(user, on), pk)


def leads(user: User, notice: Notice, on: date) -> bool:
    return notices_led_by(user, on).filter(pk=notice.pk).exists()


def get_draft_of(user: User, pk: int, on: date) -> Notice:
    """Return the user's own draft, to change it. A text that another system sent cannot be changed."""
    rows = notices_led_by(user, on).filter(author=user, state=State.DRAFT, sent_for=None)
    return _one(rows, pk)


def children_seen_by(user: User, on: date) -> QuerySet[NoticeChild]:
    return NoticeChild.objects.filter(student__in=students_visible_to(user, on))


def get_child_for(user: User, pk: int, on: date) -> NoticeChild:
    """Return a line of a board, if `user` may see both the child and the notice."""
    rows = children_seen_by(user, on).filter(notice__in=notices_visible_to(user, on))
    found = rows.select_related("notice__school", "student").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def get_answer_for(user: User, pk: int, on: date) -> NoticeAnswer:
    """Return an answer that staff entered for a family. Nobody may withdraw an answer given on the page."""
    rows = NoticeAnswer.objects.filter(
        child__in=children_seen_by(user, on), child__notice__in=notices_visible_to(user, on)
    ).exclude(via=NoticeAnswer.Via.PAGE)
    found = rows.select_related("child__notice__school").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def may_know_of_blocks(user: User, notice: Notice, on: date) -> bool:
    return may(user, Permission.BLOCK_ADULTS, notice.school, on)


def get_file_for(user: User, pk: int, on: date) -> NoticeFile:
    return _file(NoticeFile.objects.filter(notice__in=notices_visible_to(user, on)), pk)


def _file(rows: QuerySet[NoticeFile], pk: int) -> NoticeFile:
    found = rows.select_related("photo").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def answers_that_count() -> QuerySet[NoticeAnswer]:
    """Return answers that nobody withdrew, of adults who are not blocked.

    What an adult signed before the block stays on record, but the school waits for somebody who may decide.
    """
    return NoticeAnswer.objects.filter(withdrawn_at=None, adult__blocked_at=None)


# -- family -------------------------------------------------------------------------------------


def guardianships_for_notices(
    adults: Collection[Adult] | Collection[int] | QuerySet[Adult], on: date
) -> QuerySet[Guardianship]:
    return guardianships_of(adults, on).filter(kind__in=KINDS)


def lines_of_family(
    adults: Collection[Adult] | Collection[int] | QuerySet[Adult], on: date
) -> QuerySet[NoticeChild]:
    """Return the lines of sent notices about these adults' children."""
    held = guardianships_for_notices(adults, on)
    return NoticeChild.objects.filter(
        student__in=held.values("student_id"), notice__state__in=OUT
    ).select_related("student", "notice__school", "notice__author")


def family_lines_of(
    notice_id: int, adults: Collection[Adult] | QuerySet[Adult], on: date
) -> list[NoticeChild]:
    """Return the lines of one notice for these adults, eldest child first; 404 if none."""
    rows = lines_of_family(adults, on).filter(notice=notice_id)
    found = list(rows.order_by("student__born_on", "pk"))
    if not found:
        raise Http404
    return found


def signable(adult: Adult, lines: Collection[NoticeChild], on: date) -> list[NoticeChild]:
    """Return the lines about children for whom this adult may decide."""
    children = [line.student_id for line in lines]
    held = deciders(on).filter(adult=adult, student__in=children)
    mine = set(held.values_list("student_id", flat=True))
    return [line for line in lines if line.student_id in mine]


def answerers(
    notice: Notice, adult_ids: Collection[int], student_ids: Collection[int], on: date
) -> set[int]:
    """Return the adults whose answer the notice asks for.

    For a signature, these are the adults who may decide for one of the children. The others are only
    asked to read it.
    """
    if not notice.wants_signature:
        return set(adult_ids)
    rows = deciders(on).filter(adult_id__in=adult_ids, student_id__in=student_ids)
    return set(rows.values_list("adult_id", flat=True))


@prepared
def children_decided_for(*, adult_ids, student_ids, on) -> QuerySet[Any]:
    """Return ids of those children for whom one of these adults may decide."""
    rows = deciders(on).filter(adult_id__in=adult_ids, student_id__in=student_ids)
    return rows.values_list("student_id", flat=True)


def get_family_file(notice_id: int, pk: int) -> NoticeFile:
    """Return a file of a notice that the caller has already opened."""
    return _file(NoticeFile.objects.filter(notice=notice_id), pk)


def students_of(adults: Collection[Adult], on: date) -> QuerySet[Student]:
    held = guardianships_for_notices(adults, on)
    return Student.objects.filter(pk__in=held.values("student_id"))
