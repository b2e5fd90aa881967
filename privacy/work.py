"""Rows on Today from privacy."""

from datetime import datetime

from accounts.models import User
from privacy.request_work import requests_to_answer
from schools.worklist import WorkItem


def work_for(user: User, at: datetime) -> list[WorkItem]:
    return requests_to_answer(user, at)
