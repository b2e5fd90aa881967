"""Signing a family's adult in: the account that joins one person's records at several schools."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from guardians.models import Adult
from guardians.queries import usable_contact_points
from messaging import actions as messaging
from messaging.models import SignInLink


@transaction.atomic
def sign_in_by_link(*, link: SignInLink, at: datetime) -> User | None:
    """Uses the link up and returns the account that may sign in now; None where nobody may.

    The account of a member of staff never opens by a link: whoever holds a phone would stand in the
    school's files.
    """
    if not is_still_good(link):
        return None
    adult = messaging.use_sign_in_link(link=link, at=at)
    if adult is None:
        return None
    user = adult.user or User.objects.create_user(
        f"family-{adult.pk}", name=adult.name, language=adult.language
    )
    if not user.is_active or is_staff_account(user):
        return None
    _join_records(adult, user, link.address)
    return user


def is_still_good(link: SignInLink) -> bool:
    """Whether the address is still this adult's, undisputed, and shared with nobody who is blocked."""
    points = usable_contact_points().filter(adult_id=link.adult_id, address=link.address)
    return points.exists()


def is_staff_account(user: User) -> bool:
    return user.is_staff or user.is_superuser or user.posts.exists()


def _join_records(adult: Adult, user: User, address: str) -> None:
    """The same name at the same number, at another school, is the same person."""
    if adult.user_id is None:
        Adult.objects.filter(pk=adult.pk, user=None).update(user=user)
    joined = Adult.objects.filter(user=user).values("school_id")
    for other in _same_person(adult, address).exclude(school_id__in=joined).order_by("pk"):
        if not Adult.objects.filter(user=user, school_id=other.school_id).exists():
            Adult.objects.filter(pk=other.pk, user=None).update(user=user)


def _same_person(adult: Adult, address: str) -> QuerySet[Adult]:
    reached = usable_contact_points().filter(address=address).order_by().values("adult_id")
    return Adult.objects.filter(pk__in=reached, name=adult.name, user=None)


def choose_language(*, adult: Adult, language: str) -> None:
    """Of the pages and of every message from now on."""
    Adult.objects.filter(pk=adult.pk).update(language=language)
