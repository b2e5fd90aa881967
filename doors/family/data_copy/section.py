"""A titled part of the copy: the fields it takes from which rows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.functional import Promise

from accounts.models import User
from guardians.models import Adult
from students.models import Student


@dataclass(frozen=True)
class Asker:
    """The person the copy is for: the child, and the asking adult's records at the child's school."""

    student: Student
    adults: Sequence[Adult]
    user: User
    at: datetime
    on: date


Rows = Callable[[Asker], QuerySet | Iterable[dict[str, Any]]]


@dataclass(frozen=True)
class Section:
    """`fields`: paths from `model` that go into the copy.

    `chosen_by`: fields that are not printed because they select the rows (whose they are, whether they are
    valid). `files`: those `fields` that are uploads and become files of the archive. `is_read`: the rows are
    text and are shown one below the other.
    """

    key: str
    title: str | Promise
    model: type[Model]
    fields: str
    rows: Rows
    chosen_by: str = ""
    files: str = ""
    is_read: bool = False
    is_one: bool = False

    def values(self, asker: Asker) -> list[dict[str, Any]]:
        rows = self.rows(asker)
        return list(rows.values(*self.fields.split())) if isinstance(rows, QuerySet) else list(rows)
