"""The shape in which every app tells what is open in somebody's name, and hands it to a colleague.

Today (worklist.py) asks what waits for one person; here an ending post asks what would wait for nobody.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Model, QuerySet

from accounts.models import User
from schools.models import School
from schools.policies import today_in
from schools.roles import Permission


class OpenWork:
    """One kind of open work; a class for each, of which there is one object."""

    key: str
    label: Any  # translated when it is shown
    model: type[Model]
    holder: str  # the field that names the responsible adult
    needs: Permission
    left_to: Any = ""  # who sees a row that nobody takes; "" where there is no such queue
    is_about_child: bool = True  # rows have `student`: they stay where its class stays

    def rows(self, school_id: int, at: datetime, on: date) -> QuerySet[Any]:
        """What is open at the school, with whomever; `on`: its day. A prepared query may be made of it."""
        raise NotImplementedError

    def takers(self, row: Any, people: Sequence[User], at: datetime) -> Collection[int]:
        """Which of `people`, who all hold a post with `needs`, may take it: barriers, the family's blocks and
        the own class count here.
        """
        return ()

    def give(self, *, row: Any, to: User, by: User, words: str, at: datetime) -> None:
        """What this kind's own hand-over does."""
        raise NotImplementedError

    def let_go(self, *, row: Any, by: User, at: datetime) -> None:
        """Write that nobody has it, where the queue of `left_to` does not find it by itself."""

    def seen_by(self, user: User, at: datetime) -> QuerySet[Any]:
        """Rows of which somebody may see more than a number."""
        return self.model._default_manager.none()

    def line(self, row: Any, on: date) -> str:
        """What is told of a row to whoever sees it."""
        return ""

    @property
    def goes_by_itself(self) -> bool:
        """Nothing has to be written for the queue to find it."""
        return bool(self.left_to) and type(self).let_go is OpenWork.let_go

    def held_by(
        self, users: Collection[User] | Collection[int], school: School, at: datetime
    ) -> QuerySet[Any]:
        rows = self.rows(school.pk, at, today_in(school, at))
        return rows.filter(**{f"{self.holder}__in": users})
