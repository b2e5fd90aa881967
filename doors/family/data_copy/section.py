"""A titled part of the copy: which fields of which rows."""

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
    """Whom the copy is for: the child, and the records of the adult who asks at the child's school."""

    student: Student
    adults: Sequence[Adult]
    user: User
    at: datetime
    on: date


Rows = Callable[[Asker], QuerySet | Iterable[dict[str, Any]]]


@dataclass(frozen=True)
class Section:
    """`fields`: paths from `model` that the copy gives. `chosen_by`: fields that are not printed because
    the rows are chosen by them (whose they are, whether they stand). `files`: those of `fields` that are
    uploads and lie in the archive as files. `is_read`: rows of words, one beneath the other.
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
