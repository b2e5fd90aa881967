"""Texts that call for help and lead to no child: the school's leaders are told, since no concern can open.

The text is on their Today (threads.work) until somebody has found the family or put it aside.
"""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import User
from delivery import actions as messaging
from delivery.models import OutboxMessage
from safeguarding import rules
from schools.models import Post, School, holds_on
from schools.roles import Permission, roles_with
from threads.queries import calls_in_tray

TOLD = gettext_noop(
    "Somebody has sent “I need help” from a number that we cannot match to a family. Please look now."
)


def tell_of_texts(at: datetime) -> int:
    """Notify them once about each text; return how many messages are new. Safe to run twice.

    A text that was put back into the tray needs them again, however long ago it came.
    """
    rows = list(calls_in_tray(timezone.localdate(at)).filter(has_child=False))
    since = at - timedelta(hours=rules.ALERT_EXPIRES_HOURS)
    return sum(
        messaging.queue_message(
            kind=OutboxMessage.Kind.CONCERN,
            user=user,
            school=routing.school,
            dedupe_key=":".join(
                str(part) for part in ("tray", routing.pk, routing.decided_at, user.pk) if part
            ),
            due_at=at,
            expires_at=at + timedelta(hours=rules.ALERT_EXPIRES_HOURS),
            payload={"path": reverse("threads:tray"), "words": TOLD},
        )
        for routing in rows
        if (routing.decided_at or routing.at) > since
        for user in _people(routing.school, at)
    )


def _people(school: School, at: datetime) -> QuerySet[User]:
    """Return the counsellors and principals, else others who find the family of any text."""
    posts = Post.objects.filter(
        holds_on(timezone.localdate(at)), school=school, user__is_active=True
    )
    leading = posts.filter(role__in=roles_with(Permission.CHECK_SAFEGUARDING))
    others = posts.filter(role__in=roles_with(Permission.VIEW_ALL_CHILDREN))
    held = leading if leading.exists() else others
    return User.objects.filter(pk__in=held.values("user")).order_by("pk")
