"""What happened with a child."""

from datetime import datetime

from accounts.models import User
from students.models import Student
from students.timeline import TimelineEvent


def timeline(student: Student, user: User, at: datetime, limit: int) -> list[TimelineEvent]:
    """The latest `limit` events that `user` may see, newest first."""
    return []
