"""Save the office's list, and delete it later. Nothing here changes a child."""

from dataclasses import asdict
from datetime import datetime, timedelta

from accounts.models import User
from rosters.civil.reading import read
from rosters.civil.rules import KEPT_DAYS
from rosters.models import CivilList
from schools.models import School
from schools.policies import today_in


def take(*, school: School, content: bytes, file_name: str, by: User, at: datetime) -> CivilList:
    """Replace the previous list. Raises UnreadableFile, and then the previous list stays."""
    lines, unread = read(content, school.name, today_in(school, at))
    kept, _made = CivilList.objects.update_or_create(
        school=school,
        defaults={
            "uploaded_by": by,
            "uploaded_at": at,
            "file_name": file_name[:200],
            "lines": [asdict(line) for line in lines],
            "unread": [asdict(one) for one in unread],
        },
    )
    return kept


def let_go(*, school: School) -> None:
    CivilList.objects.filter(school=school).delete()


def forget_old(*, at: datetime) -> int:
    """Delete the lists that are older than KEPT_DAYS."""
    over = CivilList.objects.filter(uploaded_at__lt=at - timedelta(days=KEPT_DAYS))
    return over.delete()[0]
