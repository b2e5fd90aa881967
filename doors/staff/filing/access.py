"""Who has access at a school today, and whether a responsible person has confirmed it this term."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from privacy.models import AccessConfirmation
from schools.models import Post, School, holds_on
from schools.queries import term_on


class HasChanged(ValueError):
    """Somebody's access began or ended since the page was loaded."""


@dataclass(frozen=True)
class Access:
    post: Post
    has_second_step: bool
    is_new: bool  # since the last confirmation

    @property
    def key(self) -> list[Any]:
        return _key(self.post)


@dataclass(frozen=True)
class Standing:
    """The list as the page shows it; `digest` identifies the list that was shown."""

    listed: Sequence[Access]
    last: AccessConfirmation | None
    is_due: bool

    @property
    def digest(self) -> str:
        return sha256(json.dumps([one.key for one in self.listed]).encode()).hexdigest()


def standing(school: School, on: date) -> Standing:
    last = (
        AccessConfirmation.objects.filter(school=school)
        .select_related("by")
        .order_by("-at")
        .first()
    )
    known = last.listed if last else []
    steps = Authenticator.objects.filter(user_id=OuterRef("user_id"))
    steps = steps.exclude(type=Authenticator.Type.RECOVERY_CODES)
    rows = Post.objects.filter(holds_on(on), school=school, user__is_active=True)
    rows = rows.select_related("user", "school_class").annotate(has_second_step=Exists(steps))
    listed = [
        Access(post, post.has_second_step, _key(post) not in known)
        for post in rows.order_by("role", "user__name", "pk")
    ]
    # A confirmation is due once each term.
    if last is None:
        is_due = True
    else:
        term = term_on(school, on)
        is_due = term is not None and timezone.localdate(last.at) < term.starts_on
    return Standing(listed, last, is_due)


def confirm(*, school: School, shown: str, by: User, on: date, at: datetime) -> None:
    """Store the confirmation. Raise HasChanged if the list is not the one that was `shown`."""
    now = standing(school, on)
    if now.digest != shown:
        raise HasChanged
    AccessConfirmation.objects.create(
        school=school, by=by, at=at, listed=[one.key for one in now.listed]
    )


def _key(post: Post) -> list[Any]:
    """Return a post's key as stored with a confirmation; equal keys mean the same access."""
    return [post.pk, post.user_id, post.role, post.school_class_id, post.village]
