"""What stands above Today on the day on which somebody of the staff comes in for the first time."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import CredentialEvent, User
from core import cookies
from core.prepared import prepared
from schools.models import Post, holds_on
from schools.requests import SchoolViewer
from schools.roles import Permission, Role

SEEN = "first_day"  # the cookie of whoever has put it away; the day itself ends it everywhere
SEEN_SECONDS = 2 * 24 * 3600


@dataclass(frozen=True)
class FirstDay:
    """`role`: the post whose words are shown; `administrators`: whom to ask."""

    role: Role
    administrators: list[User]
    may_observe: bool


# The first of somebody's posts gives the words; an administrator has the guided set-up.
ROLES = (Role.COUNSELLOR, Role.PRINCIPAL, Role.CLASS_TEACHER)


def first_day(request: HttpRequest, viewer: SchoolViewer) -> FirstDay | None:
    """Return it on the day of the first own password, until it has been put away."""
    role = next((role for role in ROLES if role in viewer.roles), None)
    if role is None or is_put_away(request, viewer.user):
        return None
    midnight = timezone.localtime(viewer.at).replace(hour=0, minute=0, second=0, microsecond=0)
    if not _passwords_set(user_id=viewer.user.pk, since=midnight, limit=1):
        return None
    posts = Post.objects.filter(holds_on(viewer.on), school=viewer.school, role=Role.SCHOOL_ADMIN)
    asked = User.objects.filter(pk__in=posts.values("user")).exclude(pk=viewer.user.pk)
    return FirstDay(role, list(asked.order_by("name")), viewer.can(Permission.OBSERVE))


@prepared
def _passwords_set(*, user_id, since, limit: int) -> QuerySet[Any]:
    rows = CredentialEvent.objects.filter(
        user_id=user_id, kind=CredentialEvent.Kind.PASSWORD_SET, at__gte=since
    )
    return rows.values_list("pk")[:limit]


def is_put_away(request: HttpRequest, user: User) -> bool:
    return cookies.read(request, SEEN) == str(user.pk)
