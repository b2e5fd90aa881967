"""The field that says to which school a row belongs."""

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from schools.models import School


def school_field(**options: Any) -> "models.ForeignKey[School, School]":
    """Return the field: a school with rows is never deleted, and does not list them.

    `db_index=False` where another index begins with the school, or nothing is ever looked up by it.
    """
    return models.ForeignKey(
        "schools.School", on_delete=models.PROTECT, related_name="+", **options
    )
