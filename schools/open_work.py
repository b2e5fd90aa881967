"""The form in which every app lists open work in somebody's name and hands it over to a colleague.

Today (worklist.py) shows what one person has to do; this finds what nobody would do once a post ends.
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
    """One kind of open work. Each kind is a class with one instance."""

    key: str
    label: Any  # translated when displayed
    model: type[Model]
    holder: str  # the name of the field for the responsible adult
    needs: Permission
    left_to: Any = ""  # who sees a row that nobody takes; "" if there is no such queue
    # Its rows have a `student`, and stay where that child's class stays.
    is_about_child: bool = True

    def rows(self, school_id: int, at: datetime, on: date) -> QuerySet[Any]:
        """Return what is open at the school, no matter who has it; `on` is the school's date.

        It may become a prepared query.
        """
        raise NotImplementedError

    def takers(self, row: Any, people: Sequence[User], at: datetime) -> Collection[int]:
        """Return which of `people`, who all hold a post with `needs`, may take it: barriers, blocks in the
        family and the own class are checked here.
        """
        return ()

    def give(self, *, row: Any, to: User, by: User, words: str, at: datetime) -> None:
        """Hand the row over in the way of this kind."""
        raise NotImplementedError

    def let_go(self, *, row: Any, by: User, at: datetime) -> None:
        """Record that nobody has it, if the queue of `left_to` would not find it by itself."""

    def seen_by(self, user: User, at: datetime) -> QuerySet[Any]:
        """Return rows of which `user` may see more than a number."""
        return self.model._default_manager.none()

    def line(self, row: Any, on: date) -> str:
        """Return what somebody who may see the row reads about it."""
        return ""

    @property
    def goes_by_itself(self) -> bool:
        """Whether the queue finds a released row without anything being written."""
        return bool(self.left_to) and type(self).let_go is OpenWork.let_go

    def held_by(
        self, users: Collection[User] | Collection[int], school: School, at: datetime
    ) -> QuerySet[Any]:
        rows = self.rows(school.pk, at, today_in(school, at))
        return rows.filter(**{f"{self.holder}__in": users})
