"""Reports of suspected harm that are left with whoever wrote them: to everybody else at the school who looks
after safeguarding the child is closed, or there is nobody.

The county hears of it and whoever runs the installation, where and when, and nothing of child or words:
somebody has to be appointed, or the bureau decides (manage.py lift_report).
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import User
from delivery import actions as messaging
from delivery.models import OutboxMessage, Trouble
from delivery.queries import Seen
from safeguarding import rules
from safeguarding.models import Concern, Report, Suspect
from safeguarding.reports.policies import barred_from, blocked_around
from schools.models import Post, holds_on
from schools.policies import current_posts
from schools.roles import COUNTY_ROLES, Permission, roles_with

TOLD = gettext_noop(
    "A report of suspected harm at a school of your county is left with whoever wrote it. Please look now."
)
PATH = "/"  # Today, whatever page that is for a county's post


def left_alone(at: datetime) -> QuerySet[Report]:
    """Those that stand, because they keep somebody away or their concern is open, with `school`."""
    holding = Suspect.objects.filter(report=OuterRef("pk"), lifted_at=None, closed_at__isnull=False)
    concerns = Concern.objects.filter(
        student=OuterRef("student"), source=Concern.Source.REPORT, closed_at=None
    )
    stands = Q(Exists(holding)) | Q(Exists(concerns))
    rows = Report.objects.filter(stands, ~Exists(_others(timezone.localdate(at))))
    return rows.select_related("school").order_by("at", "pk")


def _others(on: date) -> QuerySet[Post]:
    """Posts of whoever else looks after safeguarding and may come near the child of an outer report."""
    child = OuterRef(OuterRef("student"))
    posts = Post.objects.filter(
        holds_on(on),
        school=OuterRef("school"),
        role__in=roles_with(Permission.CHECK_SAFEGUARDING),
        user__is_active=True,
    )
    near = posts.exclude(user=OuterRef("reported_by"))
    return near.filter(
        ~Exists(barred_from(child).filter(user=OuterRef("user"))),
        ~Exists(blocked_around(child).filter(adult__user=OuterRef("user"))),
    )


def at_bureau(report: Report, on: date) -> QuerySet[User]:
    """Of the county's posts whoever neither wrote it nor is kept from the child, nor named about it."""
    posts = Post.objects.filter(
        holds_on(on), role__in=COUNTY_ROLES, county=report.school.county_id, user__is_active=True
    )
    named = Suspect.objects.filter(report__student=report.student_id, lifted_at=None)
    people = User.objects.filter(pk__in=posts.values("user")).exclude(pk=report.reported_by_id)
    return (
        people.exclude(pk__in=barred_from(report.student_id).values("user"))
        .exclude(pk__in=blocked_around(report.student_id).values("adult__user"))
        .exclude(pk__in=named.filter(user__isnull=False).values("user"))
        .exclude(pk__in=named.filter(adult__user__isnull=False).values("adult__user"))
    )


def left_alone_for(user: User, at: datetime) -> list[Report]:
    """For whoever holds a post of the county: what its first page says (school, and when it was written)."""
    on = timezone.localdate(at)
    counties = {post.county_id for post in current_posts(user, on) if post.role in COUNTY_ROLES}
    if not counties:
        return []
    rows = left_alone(at).filter(school__county__in=counties)
    return [one for one in rows if at_bureau(one, on).filter(pk=user.pk).exists()]


@transaction.atomic
def tell_bureau(at: datetime, reports: QuerySet[Report] | None = None) -> int:
    """Each of the county once of each report; returns how many messages are new. Safe to run twice."""
    rows = left_alone(at) if reports is None else left_alone(at).filter(pk__in=reports)
    on = timezone.localdate(at)
    return sum(_tell(report, user, at) for report in rows for user in at_bureau(report, on))


def _tell(report: Report, user: User, at: datetime) -> bool:
    return messaging.queue_message(
        kind=OutboxMessage.Kind.CONCERN,
        user=user,
        school=report.school,
        dedupe_key=f"alone:{report.pk}:{user.pk}",
        due_at=at,
        expires_at=at + timedelta(hours=rules.ALERT_EXPIRES_HOURS),
        payload={"path": PATH, "words": TOLD},
    )


def troubles(at: datetime) -> Iterator[Seen]:
    """For whoever runs the installation (ALERT_EMAILS); schools for trying out are left alone."""
    for report in left_alone(at).exclude(school__is_demo=True):
        kind = Trouble.Kind.ALONE
        yield Seen(f"alone:{report.pk}", kind, None, report.at, report.school.name[:200])
