"""Who may be told of a school's week: whoever may open its dashboard that day."""

from datetime import datetime

from accounts.models import User
from core.clock import local_date
from schools.models import School
from schools.policies import school_ids_where
from schools.roles import Permission


def still_reads(user: User, school: School, at: datetime) -> bool:
    allowed = school_ids_where(user, Permission.VIEW_DASHBOARD, local_date(at))
    return user.is_active and school.pk in allowed
