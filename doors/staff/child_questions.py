"""Run the queries of a child's page, from all packages, in one statement before each of them needs its
own.
"""

from datetime import date, timedelta

from accounts.queries import reader_questions
from classroom import work as classroom_work
from classroom.policies import can_observe
from classroom.queries import attendance, observing
from core.prepared import Question, ask_together
from counselling import work as counselling_work
from delivery.queries.sending import stop_questions
from doors.staff.floors import timeline_questions
from guardians.nearby.queries import record_questions
from guardians.queries import contact_weeks_question
from messaging.queries.work import child_questions as asked_of_messaging
from nights import work as nights_work
from privacy import policies as privacy
from schools.policies import Viewer
from schools.queries import term_questions
from students.models import Student
from students.queries import file_questions


def ask_for_page(
    student: Student, viewer: Viewer, *, limit: int, only: str, since: date, readers_days: int
) -> None:
    """Run the queries of the page together.

    `limit` and `only` are those of the timeline; `since` is the first week shown.

    A package whose query differs from the one listed here runs its own: that costs a statement and changes
    nothing on the page.
    """
    user, at, on = viewer.user, viewer.at, viewer.on
    asked: list[Question] = [
        *timeline_questions(student, user, at, limit, only),
        *file_questions(student, on),
        *record_questions(student.pk),
        contact_weeks_question(student, since),
        *term_questions(student.school, on),
        *asked_of_messaging(student, user, at),
        *counselling_work.child_questions(student, user, at),
        *nights_work.questions_about(student, at),
        *privacy.family_questions(user, student),
        *reader_questions(student.pk, at - timedelta(days=readers_days)),
        *stop_questions(student.school),
    ]
    if can_observe(user, student, on):
        asked += [
            *attendance.child_questions(student, on, since),
            *observing.week_questions(student, since),
            *classroom_work.questions_about([student.pk], user, at),
        ]
    ask_together(asked)
