"""Open concerns of which nobody at the school can be told.

We tell the county at which school and since when, but nothing about the child. The county appoints somebody.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import User
from delivery import actions as messaging
from delivery.models import OutboxMessage
from safeguarding import rules
from safeguarding.models import Concern
from safeguarding.policies import fit_elsewhere
from safeguarding.queries import waiting_for_somebody
from schools.models import Post, School, holds_on
from schools.policies import current_posts
from schools.roles import COUNTY_ROLES

TOLD = gettext_noop(
    "At a school of your county a child needs an adult, and nobody there can be told. Please look now."
)
PATH = "/"  # Today, whatever page that is for a county post


def concerns_of_nobody() -> QuerySet[Concern]:
    """Return open concerns without a named adult, with `school`.

    Those of a report are left out: of these the county is told anyway (reports.unattended).
    """
    rows = waiting_for_somebody().filter(named_adult=None).exclude(source=Concern.Source.REPORT)
    return rows.select_related("school").order_by("opened_at", "pk")


def in_county(school: School, student_id: int, at: datetime) -> QuerySet[User]:
    """Return county staff who may hear of this child."""
    on = timezone.localdate(at)
    posts = Post.objects.filter(holds_on(on), role__in=COUNTY_ROLES, county=school.county_id)
    posts = fit_elsewhere(posts, student_id)
    return User.objects.filter(pk__in=posts.values("user")).order_by("pk")


def concerns_for(user: User, at: datetime) -> list[Concern]:
    """Return the concerns that a member of county staff sees on their first page, by school and time."""
    on = timezone.localdate(at)
    counties = {post.county_id for post in current_posts(user, on) if post.role in COUNTY_ROLES}
    if not counties:
        return []
    rows = concerns_of_nobody().filter(school__county__in=counties)
    return [
        one for one in rows if in_county(one.school, one.student_id, at).filter(pk=user.pk).exists()
    ]


@transaction.atomic
def tell_county(at: datetime) -> int:
    """Notify county staff once about each concern; return how many messages are new. Safe to run twice."""
    return sum(
        messaging.queue_message(
            kind=OutboxMessage.Kind.CONCERN,
            user=user,
            school=concern.school,
            dedupe_key=f"nobody:{concern.pk}:{user.pk}",
            due_at=at,
            expires_at=at + timedelta(hours=rules.ALERT_EXPIRES_HOURS),
            payload={"path": PATH, "words": TOLD},
        )
        for concern in concerns_of_nobody()
        for user in in_county(concern.school, concern.student_id, at)
    )
