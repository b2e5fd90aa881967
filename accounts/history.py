"""Read the changes that the triggers recorded: which field, the values before and after, who and when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from accounts.models import User
from core.meanwhile import refuse_unseen, version_of

CHANGES_SHOWN = 20


@dataclass(frozen=True)
class Change:
    at: datetime
    writer: User | None
    label: str
    before: str
    after: str
    field: str = ""
    event: int = 0  # number of the write; fields changed together share it

    @property
    def by(self) -> str:
        """Return the name of the writer."""
        return self.writer.name if self.writer else ""


def changes_of(row: models.Model, fields: Sequence[str]) -> list[Change]:
    """Return changes of these fields of one row, latest first; one query for any number of them and one for
    the names.

    `by` is empty if no person made the change (an import job, a worker).
    """
    events = list(
        row.pgh_event_model.objects.filter(pgh_obj_id=row.pk)  # type: ignore[attr-defined]
        .select_related("pgh_context")
        .order_by("pgh_id")
    )
    ids = {pk for event in events if (pk := _user_id(event)) is not None}
    people = User.objects.in_bulk(ids)
    found = [
        Change(
            at=later.pgh_created_at,
            writer=people.get(_user_id(later)),
            label=_label(row, field),
            before=_words(earlier, field),
            after=_words(later, field),
            field=field,
            event=later.pgh_id,
        )
        for earlier, later in pairwise(events)
        for field in fields
        if getattr(earlier, field) != getattr(later, field)
    ]
    return found[::-1][:CHANGES_SHOWN]


def mark_of(row: models.Model, fields: Iterable[str]) -> str:
    """Return the version (core.meanwhile) of these fields of a row."""
    return version_of(*(getattr(row, field) for field in fields))


def refuse_unseen_change(row: models.Model, new: Mapping[str, object], *, seen: str | None) -> None:
    """Raise WrittenMeanwhile if the fields in `new` are not those that the form began with (`seen`, their
    `mark_of`). The row must be locked, and unchanged.
    """
    if seen and seen != mark_of(row, new):
        refuse_unseen(
            seen=seen,
            there=tuple(getattr(row, field) for field in new),
            new=tuple(new.values()),
            writer=last_writer_of(row, list(new)),
            words=in_lines(row, new),
        )


def in_lines(row: models.Model, fields: Iterable[str]) -> str:
    """Return each of these fields that says something as a line with its label, for people to read."""
    said = {_label(row, field): _words(row, field) for field in fields}
    return "\n".join(_(": ").join(line) for line in said.items() if line[1])


def last_writer_of(row: models.Model, fields: Sequence[str]) -> User | None:
    """Return who changed one of these fields last; None if nobody has, or no person did."""
    return next((change.writer for change in changes_of(row, fields)), None)


def _user_id(event: Any) -> int | None:
    return (event.pgh_context.metadata or {}).get("user") if event.pgh_context else None


def _label(row: models.Model, field: str) -> str:
    return str(row._meta.get_field(field).verbose_name)  # type: ignore[union-attr]


def _words(event: Any, field: str) -> str:
    """Return the value of a field of an event or of a row in words."""
    if hasattr(event, f"get_{field}_display"):
        return str(getattr(event, f"get_{field}_display")())
    value = getattr(event, field)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
