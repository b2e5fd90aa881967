"""Offers of posts, and new passwords that two people give."""

from django.utils import timezone

from schools.appointing import actions as appointing
from schools.models import PasswordReset, Post, PostOffer
from schools.passwords import actions as passwords
from schools.roles import Role
from tests.days import day_of
from tests.factories.cast import Cast


def offer(cast: Cast, key: str = "far_teacher", role: str = Role.COUNSELLOR) -> PostOffer:
    """Of the post of a counsellor at the own school, to somebody of another: waits for two words."""
    user, at = cast.users[key], timezone.now()
    looked_up = day_of(at) if role == Role.VILLAGE_WORKER else None
    appointment = appointing.Appointment(
        user.username, user.name, role, day_of(at), record_checked_on=looked_up
    )
    made = appointing.appoint(
        school=cast.school, appointment=appointment, by=cast.users["admin"], on=day_of(at), at=at
    )
    assert isinstance(made, PostOffer)
    return made


def reset(cast: Cast, key: str = "teacher", by: str = "admin") -> PasswordReset:
    at = timezone.now()
    return passwords.ask_reset(
        user=cast.users[key], school=cast.school, by=cast.users[by], on=day_of(at), at=at
    )


def post_of(cast: Cast, key: str) -> Post:
    return Post.objects.get(user=cast.users[key])


def matrix_objects(cast: Cast, name: str) -> dict[str, int]:
    if name in ("schools:offer", "schools:agree_offer", "staff:answer_offer"):
        return {"pk": offer(cast).pk}
    if name in ("schools:agree_reset", "staff:stop_reset"):
        return {"pk": reset(cast).pk}
    if name == "schools:new_password":
        # An administrator helps everybody, a principal only an administrator; so that both may, another one.
        other = cast.users["next_teacher"]
        post = Post.objects.create(
            user=other, role=Role.SCHOOL_ADMIN, school=cast.school, starts_on="2026-01-01"
        )
        return {"pk": post.pk}
    return {}
