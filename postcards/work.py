"""Worklist items: none, because a postcard asks nothing of the school."""

from datetime import datetime

from accounts.models import User
from schools.worklist import WorkItem


def work_for(user: User, at: datetime) -> list[WorkItem]:
    return []
