"""Tell a family who opened its child's file: name, post and day."""

from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from accounts.queries import days_read
from core.days import week_day
from privacy.models import VillageOverride
from schools.models import Post
from schools.roles import Role
from students.models import Student

SHOWN_DAYS = 180  # days; half a school year, so that the page is short enough to read to the end
# An entry about a concern, a case or a survey would tell the family that there is one (product.md B9), and
# one about blocking an adult would tell that adult's family. "accepted" is about the shared queue: perhaps
# only one guardian gave consent to it, but all guardians read this page.
NOT_TOLD = (
    "concern", "counselling", "case", "session", "referral", "safeguard", "screening", "survey",
    "past_results", "report", "block", "bar", "accepted",
)  # fmt: skip


def context(student: Student, at: datetime) -> dict[str, Any]:
    zone = ZoneInfo(student.school.time_zone)
    since_at = at - timedelta(days=SHOWN_DAYS)
    # If a village worker was told secretly against the family's will, this list must not reveal it.
    quiet = VillageOverride.objects.filter(student=student, is_shown_to_family=False)
    without = (*NOT_TOLD, "village") if quiet.filter(until__gte=since_at).exists() else NOT_TOLD
    reads = days_read(student.pk, since_at, zone, without=without)
    # The posts these people hold or held at this school. Staff of other schools and a family's own account
    # have none.
    users = {read.user_id for read in reads}
    held = Post.objects.filter(user_id__in=users, school=student.school_id).order_by("starts_on")
    posts = {post.user_id: str(Role(post.role).label) for post in held}
    rows = [read for read in reads if read.user_id in posts]
    days = [
        {
            "day": week_day(on),
            "people": [{"name": one.name, "post": posts[one.user_id]} for one in group],
        }
        for on, group in groupby(rows, key=lambda read: read.on)
    ]
    return {
        "student": student,
        "student_name": student.given_name,
        "days": days,
        "school_phone": student.school.phone,
    }
