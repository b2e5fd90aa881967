"""Read the changes that the triggers recorded: which field, the values before and after, who and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from accounts.models import User

CHANGES_SHOWN = 20


@dataclass(frozen=True)
class Change:
    at: datetime
    by: str
    label: str
    before: str
    after: str
    field: str = ""
    event: int = 0  # number of the write; fields changed together share it


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
    people = User.objects.filter(pk__in=ids).values_list("pk", "name")
    names: dict[int | None, str] = dict(people) if ids else {}
    found = [
        Change(
            at=later.pgh_created_at,
            by=names.get(_user_id(later), ""),
            label=str(row._meta.get_field(field).verbose_name),  # type: ignore[union-attr]
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


def last_writer_of(row: models.Model, fields: Sequence[str]) -> str:
    """Return the name of who changed one of these fields last; "" if nobody has, or no person did."""
    return next((change.by for change in changes_of(row, fields)), "")


def _user_id(event: Any) -> int | None:
    return (event.pgh_context.metadata or {}).get("user") if event.pgh_context else None


def _words(event: Any, field: str) -> str:
    if hasattr(event, f"get_{field}_display"):
        return str(getattr(event, f"get_{field}_display")())
    value = getattr(event, field)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "" if value is None else str(value)
