"""Who asks, and what all OneRoster objects have in common."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse

from api.callers import Caller

WAYS = {
    "org": "org",
    "academicSession": "academic_session",
}  # kind of object → its URL name


@dataclass(frozen=True)
class Asked:
    """A request. Without `names_adults` (the scope for adults), only pupils are included."""

    caller: Caller
    on: date
    at: datetime
    names_adults: bool


class Several:
    """Rows of several kinds as one list, in this order. A page reads only the rows that it shows."""

    def __init__(self, *parts: QuerySet[Any]) -> None:
        self.parts = parts
        self.counts = [part.count() for part in parts]

    def __len__(self) -> int:
        return sum(self.counts)

    def __getitem__(self, page: slice) -> list[Any]:
        found: list[Any] = []
        begin, end = page.start, page.stop
        for part, count in zip(self.parts, self.counts, strict=True):
            if end > 0 and begin < count:
                found += part[max(begin, 0) : end]
            begin, end = begin - count, end - count
        return found


def base(key: object, asked: Asked, modified_at: datetime | None = None) -> dict[str, Any]:
    """Return the common fields.

    Rows without a history count as changed now, so that a request for changes misses none.
    """
    modified = (modified_at or asked.at).astimezone().isoformat(timespec="milliseconds")
    return {"sourcedId": str(key), "status": "active", "dateLastModified": modified}


def ref(kind: str, key: object) -> dict[str, str]:
    path = reverse(f"oneroster:{WAYS.get(kind, kind)}", args=[str(key)])
    return {"href": settings.PUBLIC_URL + path, "sourcedId": str(key), "type": kind}


def last_change(model: Any) -> Subquery:
    events = model.pgh_event_model.objects.filter(pgh_obj_id=OuterRef("pk"))
    return Subquery(events.order_by("-pgh_created_at").values("pgh_created_at")[:1])
