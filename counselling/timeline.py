"""What a child's timeline shows of cases and plans."""

from datetime import datetime

from accounts.models import User
from counselling.cases.queries import case_timeline
from counselling.plans import work as plan_work
from students.models import Student
from students.timeline import TimelineEvent


def timeline(student: Student, user: User, at: datetime, limit: int) -> list[TimelineEvent]:
    """Timeline entries: a counsellor supports the child, and what was agreed, as far as `user` may see."""
    return case_timeline(student) + plan_work.timeline(student, user, at, limit)
