"""The shape in which every app tells what is open in somebody's name, and hands it to a colleague.

Today (worklist.py) asks what waits for one person; here an ending post asks what would wait for nobody.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Model, QuerySet

from accounts.models import User
from schools.models import School
from schools.roles import Permission


@dataclass(frozen=True)
class OpenWork:
    """One kind of open work. `holder`: the field that names the responsible adult.

    `takers` says which of `people`, who all hold a post with `needs`, may take one row: barriers, the
    family's blocks and the own class count here. `give` does what the kind's own hand-over does. `left_to`
    says who sees a row that nobody takes ("" where there is no such queue), and `let_go` writes that where
    something has to be written; without `let_go` the queue finds it by itself. `seen_by` and `line` tell
    whoever may see more than a number what stands behind it.
    """

    key: str
    label: Any  # translated when it is shown
    model: type[Model]
    holder: str
    needs: Permission
    rows: Callable[[School, datetime], QuerySet[Any]]
    takers: Callable[[Any, Sequence[User], datetime], Collection[int]] | None = None
    give: Callable[..., object] | None = None  # row=, to=, by=, words=, at=
    left_to: Any = ""
    let_go: Callable[..., object] | None = None  # row=, by=, at=
    seen_by: Callable[[User, datetime], QuerySet[Any]] | None = None
    line: Callable[[Any, date], str] | None = None
    is_about_child: bool = True  # rows have `student`: they stay where its class stays

    def held_by(
        self, users: Collection[User] | Collection[int], school: School, at: datetime
    ) -> QuerySet[Any]:
        return self.rows(school, at).filter(**{f"{self.holder}__in": users})
