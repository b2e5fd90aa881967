"""Switch the weekly e-mail on and off, and queue it when a week is over."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import translation

from accounts.models import User
from dashboards.models import WeeklyMail
from dashboards.weekly import rules
from dashboards.weekly.policies import still_read
from dashboards.weekly.presenters import letter
from delivery.actions import queue_message
from delivery.models import OutboxMessage
from figures.choice import Choice
from figures.school import dashboard
from safeguarding.figures import waiting_in
from schools.models import School
from students.policies import barred_ids

ABOUT = "weekly"


def switch(*, user: User, school: School, is_wanted: bool, at: datetime) -> None:
    """Save the wish; the same wish again changes nothing."""
    if is_wanted:
        WeeklyMail.objects.get_or_create(user=user, school=school, defaults={"since": at})
    else:
        WeeklyMail.objects.filter(user=user, school=school).delete()


def queue_due(*, at: datetime) -> int:
    """Queue an e-mail to everybody whose school's week is over, each once. Return how many are new."""
    rows = WeeklyMail.objects.select_related("user", "school").order_by("school", "pk")
    due = {}
    for row in rows.exclude(user__email=""):
        if sunday := rules.week_to_tell(at.astimezone(ZoneInfo(row.school.time_zone))):
            due[row] = sunday, f"{ABOUT}:{row.school_id}:{row.user_id}:{sunday.isoformat()}"
    keys = [key for _sunday, key in due.values()]
    told = set(
        OutboxMessage.objects.filter(dedupe_key__in=keys).values_list("dedupe_key", flat=True)
    )
    fresh = still_read([row for row, (_sunday, key) in due.items() if key not in told], at)
    return sum(_queue(row, *due[row], at) for row in fresh)


def _queue(row: WeeklyMail, sunday: date, key: str, at: datetime) -> bool:
    # As on their own page, without children whose files are closed to them.
    board = dashboard(
        row.school, at, sunday, Choice(without=tuple(barred_ids(row.user))), has_trend=False
    )
    with translation.override(row.user.language):
        words = letter(row.school.name, sunday, board, waiting_in(row.school, row.user))
    return queue_message(
        kind=OutboxMessage.Kind.NOTICE,
        school=row.school,
        dedupe_key=key,
        due_at=at,
        expires_at=at + timedelta(hours=rules.LATE_AFTER_HOURS),
        user=row.user,
        about_id=row.pk,
        payload={
            "about": ABOUT,
            "by": ["email"],
            "path": "/dashboard/",
            "subject": words.subject,
            "body": words.body,
        },
    )
