from collections.abc import Iterable

from accounts.models import AccessRecord, User


def record_access(
    *, by: User, school_id: int, student_ids: Iterable[int], what: str, ip: str | None
) -> None:
    """Notes that `by` read these children's files; one statement for any number of them."""
    AccessRecord.objects.bulk_create(
        AccessRecord(user=by, school_id=school_id, student_id=pk, what=what, ip_address=ip)
        for pk in student_ids
    )
