"""Which adults of a child a meeting invites."""

from collections.abc import Collection
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from guardians.models import Adult, Guardianship
from guardians.queries import informed_guardianships, may_be_written_to
from students.barriers import barriers_in_force
from students.queries import current_enrolments


def ties(on: date) -> QuerySet[Guardianship]:
    """Return ties of adults who bring up a child at a school and may see how the child is.

    They are neither blocked nor barred from its file. Adults who want no messages, or have no working number,
    are included: the school calls them.
    """
    there = current_enrolments(on).filter(student_id=OuterRef("student_id"))
    barred = barriers_in_force(OuterRef("student_id")).filter(user=OuterRef("adult__user_id"))
    return informed_guardianships(on).filter(
        may_be_written_to(),
        Exists(there),
        ~Exists(barred),
        kind__in=Guardianship.RAISING,
        adult__merged_into=None,
    )


def adults_of(student_ids: Collection[int], on: date) -> list[Adult]:
    """Return each adult once, however many of the children are theirs."""
    rows = ties(on).filter(student_id__in=student_ids)
    return list(Adult.objects.filter(pk__in=rows.values("adult_id")).order_by("pk"))
