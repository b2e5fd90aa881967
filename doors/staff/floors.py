"""The floors that tell Today what is waiting and the child page what happened."""

from datetime import datetime

from accounts.models import User
from counselling import queries as counselling
from guardians import timeline as guardians_timeline
from guardians import work as guardians_work
from guardians.queries import FamilyFacts
from messaging import queries as messaging
from students import queries as students
from students.models import Student
from students.timeline import TimelineEvent

WORK = (counselling.work_for, messaging.work_for, guardians_work.work_for)


def timeline(
    student: Student, family: FamilyFacts, user: User, at: datetime
) -> list[TimelineEvent]:
    """What happened with one child; a child that came out of students.policies.get_student_for."""
    return [
        *students.timeline(student),
        *guardians_timeline.timeline(student, family),
        *messaging.timeline(student),
        *counselling.timeline(student, user, at),
    ]
