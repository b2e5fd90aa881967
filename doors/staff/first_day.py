"""What Today shows at the top on the day a member of staff signs in for the first time."""

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

SEEN = "first_day"  # the cookie of a user who has closed it; it also ends with the day
SEEN_SECONDS = 2 * 24 * 3600


@dataclass(frozen=True)
class FirstDay:
    """`role` is the post whose text is shown; `administrators` are the people to ask."""

    role: Role
    administrators: list[User]
    may_observe: bool


# The person's first post in this order decides the text; administrators have the guided set-up instead.
ROLES = (Role.COUNSELLOR, Role.PRINCIPAL, Role.CLASS_TEACHER)


def first_day(request: HttpRequest, viewer: SchoolViewer) -> FirstDay | None:
    """Return it on the day on which the person first set a password, until they close it."""
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
