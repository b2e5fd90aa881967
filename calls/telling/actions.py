from datetime import datetime

from calls.telling.models import ToldByPhone
from students.models import Student


def tell(
    *, student: Student, school_id: int, what: ToldByPhone.What, call: str, at: datetime
) -> None:
    """Save what a child said in this call, once, whatever became of the call."""
    key = f"{call}:{student.pk}"
    facts = {"school_id": school_id, "student": student, "what": what, "told_at": at}
    ToldByPhone.objects.get_or_create(key=key, defaults=facts)
