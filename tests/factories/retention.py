"""A child of the cast whose data somebody keeps back from the end of storage."""

from django.utils import timezone

from privacy.retention.actions import hold
from tests.factories.cast import Cast


def matrix_objects(cast: Cast, name: str) -> dict[str, object]:
    if name != "staff:retention_lift":
        return {}
    held = hold(
        student=cast.students["mengyao"],
        reason="县法院要看",
        by=cast.users["admin"],
        at=timezone.now(),
    )
    return {"pk": held.pk}
