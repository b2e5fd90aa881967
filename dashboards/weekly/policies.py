"""Who may get a school's week: people who may open its dashboard that day."""

from collections.abc import Collection
from datetime import datetime

from core.clock import local_date
from dashboards.models import WeeklyMail
from schools.models import Post, holds_on
from schools.roles import Permission, roles_with


def still_read(rows: Collection[WeeklyMail], at: datetime) -> list[WeeklyMail]:
    """Return the rows whose reader holds such a post at that school; one query for any number."""
    posts = Post.objects.filter(
        holds_on(local_date(at)),
        role__in=roles_with(Permission.VIEW_DASHBOARD),
        user__in=[row.user_id for row in rows],
        user__is_active=True,
    )
    readers = set(posts.values_list("user_id", "school_id"))
    return [row for row in rows if (row.user_id, row.school_id) in readers]
