"""Signing a family's adult in: the account that joins one person's records at several schools."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from delivery import actions as delivery_actions
from delivery.models import Invitation, SignInLink
from guardians.hours import local_day
from guardians.models import Adult
from guardians.queries import sign_in_points
from messaging import actions as messaging
from messaging.plans.rules import OWN_PAUSE_DAYS, OWN_RHYTHMS


@transaction.atomic
def sign_in_by_link(*, link: SignInLink, at: datetime) -> User | None:
    """Uses the link up and returns the account that may sign in now; None where nobody may."""
    if not is_still_good(link):
        return None
    adult = delivery_actions.use_sign_in_link(link=link, at=at)
    return enter(adult=adult) if adult else None


@transaction.atomic
def sign_in_by_slip(*, invitation: Invitation, address: str, at: datetime) -> User | None:
    """Uses the slip up; None where it is over, or the number is this adult's no more."""
    if not reached_at(address).filter(pk=invitation.adult_id).exists():
        return None
    adult = delivery_actions.use_slip(invitation=invitation, at=at)
    return enter(adult=adult) if adult else None


@transaction.atomic
def enter(*, adult: Adult, signed_in: User | None = None) -> User | None:
    """The account of this adult, made now where there is none; None where it may not sign in.

    `signed_in`: whose session this browser has, opened at this very address by another school. The same name
    there is the same person, and its account takes this record, too: each school has vouched for its own.

    The account of a member of staff never opens at the family's door: whoever holds a phone would stand
    in the school's files.
    """
    # Of two at the same moment the second finds the account of the first.
    rows = Adult.objects.select_for_update(of=("self",)).select_related("user")
    adult = rows.get(pk=adult.pk)
    user = adult.user or (signed_in if signed_in and _is_same_person(adult, signed_in) else None)
    if user is None:  # under a name that nobody can take before: staff choose theirs
        user = User.objects.create_user(
            f"family-{uuid4()}", name=adult.name, language=adult.language
        )
    if not user.is_active or is_staff_account(user):
        return None
    if adult.user_id is None:
        Adult.objects.filter(pk=adult.pk).update(user=user)
    return user


def _is_same_person(adult: Adult, user: User) -> bool:
    names_by_school = dict(Adult.objects.filter(user=user).values_list("school_id", "name"))
    return adult.school_id not in names_by_school and adult.name in names_by_school.values()


def is_still_good(link: SignInLink) -> bool:
    """Whether the address still signs this adult in: theirs, undisputed, shared with nobody blocked."""
    return reached_at(link.address).filter(pk=link.adult_id).exists()


def reached_at(address: str) -> QuerySet[Adult]:
    """Whom this number or e-mail address signs in."""
    points = sign_in_points().filter(address=address).order_by()
    return Adult.objects.filter(pk__in=points.values("adult_id"))


def people_at(address: str, school_id: int) -> list[Adult]:
    """Who may come in with a code that this school sent to this address; staff are left out."""
    adults = reached_at(address).filter(school_id=school_id).select_related("user", "school")
    return [
        adult
        for adult in adults.order_by("pk")
        if adult.user is None or not is_staff_account(adult.user)
    ]


def is_staff_account(user: User) -> bool:
    return user.is_staff or user.is_superuser or user.posts.exists()


def choose_language(*, adult: Adult, language: str) -> None:
    """Of the pages and of every message from now on."""
    Adult.objects.filter(pk=adult.pk).update(language=language)


def choose_pause(*, adult: Adult, chosen: str, by: User, at: datetime) -> None:
    """`chosen` days without a question from today on, where the adult is; "0": ask again from now on."""
    if chosen == "0":
        messaging.pause_adult(adult=adult, until=None, by=by)
    elif chosen in {str(days) for days in OWN_PAUSE_DAYS}:
        last = local_day(adult.hours, at) + timedelta(days=int(chosen) - 1)
        messaging.pause_adult(adult=adult, until=last, by=by)


def choose_rhythm(*, adult: Adult, chosen: str, by: User) -> None:
    """At most one question in `chosen` days; "" = as the school asks."""
    if chosen == "" or chosen in {str(days) for days in OWN_RHYTHMS}:
        every_days = int(chosen) if chosen else None
        messaging.choose_rhythm(adult=adult, every_days=every_days, by=by)
