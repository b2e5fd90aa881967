"""Reports of suspected harm that only their author can look after.

Everybody else who looks after safeguarding at the school is barred from the child, or there is nobody else.
We tell the county and the operator of the server where and when, but nothing about the child and none of the
text. The county appoints somebody, or the bureau decides (manage.py lift_report).
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
from guardians.blocking.policies import blocked_ties, who_may_hear_of
from safeguarding import rules
from safeguarding.models import Concern, Report, Suspect
from schools.models import Post, holds_on
from schools.policies import current_posts
from schools.roles import COUNTY_ROLES, Permission, roles_with
from students.barriers import barriers_in_force

TOLD = gettext_noop(
    "At a school of your county only its author can look after a report of suspected harm. Please look now."
)
PATH = "/"  # Today, whatever page that is for a county post


def unattended_reports(at: datetime) -> QuerySet[Report]:
    """Return open reports that only their author can look after, with `school`.

    A report is open while it bars somebody or its concern is open.
    """
    holding = Suspect.objects.filter(report=OuterRef("pk"), lifted_at=None, closed_at__isnull=False)
    concerns = Concern.objects.filter(
        student=OuterRef("student"), source=Concern.Source.REPORT, closed_at=None
    )
    stands = Q(Exists(holding)) | Q(Exists(concerns))
    # Posts of the others who look after safeguarding and may see the child of the report.
    child = OuterRef(OuterRef("student"))
    posts = Post.objects.filter(
        holds_on(timezone.localdate(at)),
        school=OuterRef("school"),
        role__in=roles_with(Permission.CHECK_SAFEGUARDING),
        user__is_active=True,
    )
    others = posts.exclude(user=OuterRef("reported_by")).filter(
        ~Exists(barriers_in_force(child).filter(user=OuterRef("user"))),
        ~Exists(blocked_ties(child).filter(adult__user=OuterRef("user"))),
    )
    rows = Report.objects.filter(stands, ~Exists(others))
    return rows.select_related("school").order_by("at", "pk")


def at_bureau(report: Report, on: date) -> QuerySet[User]:
    """Return county staff who may hear of this report.

    They did not write it, are not barred from the child and are not named about it.
    """
    posts = Post.objects.filter(
        holds_on(on), role__in=COUNTY_ROLES, county=report.school.county_id, user__is_active=True
    )
    named = Suspect.objects.filter(report__student=report.student_id, lifted_at=None)
    people = User.objects.filter(pk__in=posts.values("user")).exclude(pk=report.reported_by_id)
    return (
        who_may_hear_of(people, report.student_id)
        .exclude(pk__in=named.filter(user__isnull=False).values("user"))
        .exclude(pk__in=named.filter(adult__user__isnull=False).values("adult__user"))
    )


def unattended_for(user: User, at: datetime) -> list[Report]:
    """Return the reports that a member of county staff sees on their first page, by school and time."""
    on = timezone.localdate(at)
    counties = {post.county_id for post in current_posts(user, on) if post.role in COUNTY_ROLES}
    if not counties:
        return []
    rows = unattended_reports(at).filter(school__county__in=counties)
    return [one for one in rows if at_bureau(one, on).filter(pk=user.pk).exists()]


@transaction.atomic
def tell_bureau(at: datetime, reports: QuerySet[Report] | None = None) -> int:
    """Notify county staff once about each report; return how many messages are new. Safe to run twice."""
    rows = (
        unattended_reports(at) if reports is None else unattended_reports(at).filter(pk__in=reports)
    )
    on = timezone.localdate(at)
    return sum(
        messaging.queue_message(
            kind=OutboxMessage.Kind.CONCERN,
            user=user,
            school=report.school,
            dedupe_key=f"unattended:{report.pk}:{user.pk}",
            due_at=at,
            expires_at=at + timedelta(hours=rules.ALERT_EXPIRES_HOURS),
            payload={"path": PATH, "words": TOLD},
        )
        for report in rows
        for user in at_bureau(report, on)
    )


def troubles(at: datetime) -> Iterator[Seen]:
    """Yield unattended reports for the operator of the server (ALERT_EMAILS); demo schools are left out."""
    for report in unattended_reports(at).exclude(school__is_demo=True):
        kind = Trouble.Kind.UNATTENDED
        yield Seen(f"unattended:{report.pk}", kind, None, report.at, report.school.name[:200])
