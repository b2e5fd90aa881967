"""Sign in an adult of a family. One account joins the records that a person has at several schools."""

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
    """Mark the link as used and return the account that may sign in now, or None if nobody may."""
    if not is_still_good(link):
        return None
    return _enter_or_undo(delivery_actions.use_sign_in_link(link=link, at=at), at)


@transaction.atomic
def sign_in_by_slip(*, invitation: Invitation, address: str, at: datetime) -> User | None:
    """Mark the slip as used and return the account that may sign in now.

    Return None if the slip has expired, or if the number is no longer this adult's.
    """
    if not reached_at(address).filter(pk=invitation.adult_id).exists():
        return None
    return _enter_or_undo(delivery_actions.use_slip(invitation=invitation, at=at), at)


def _enter_or_undo(adult: Adult | None, at: datetime) -> User | None:
    """Enter, or undo the caller's transaction: what signs nobody in is not used up."""
    user = enter(adult=adult, at=at) if adult else None
    if user is None:
        transaction.set_rollback(True)
    return user


@transaction.atomic
def enter(*, adult: Adult, at: datetime, signed_in: User | None = None) -> User | None:
    """Return the account of this adult, made now if there is none, or None if it may not sign in.

    `signed_in`: the user of this browser's session, if another school signed them in with the same address.
    If that account has a record of the same name, we take it for the same person and add this record to the
    account: each school has confirmed its own record. If the account has WeChat, this school may write there
    as well.

    A staff account can never be opened at the family's door. Otherwise anybody who holds the phone could
    read the school's files.
    """
    # If two requests arrive at the same moment, the second one finds the account that the first one made.
    rows = Adult.objects.select_for_update(of=("self",)).select_related("user")
    adult = rows.get(pk=adult.pk)
    user = adult.user
    if user is None and signed_in is not None:
        names = dict(Adult.objects.filter(user=signed_in).values_list("school_id", "name"))
        if adult.school_id not in names and adult.name in names.values():
            user = signed_in
    if user is None:  # staff choose their usernames, but nobody can take this one in advance
        user = User.objects.create_user(
            f"family-{uuid4()}", name=adult.name, language=adult.language
        )
    if not user.is_active or is_staff_account(user):
        return None
    if adult.user_id is None:
        Adult.objects.filter(pk=adult.pk).update(user=user)
        delivery_actions.carry_wechat(user=user, adult=adult, at=at)
    return user


def is_still_good(link: SignInLink) -> bool:
    """Return whether the link's address still signs this adult in: nobody disputes the address, and nobody
    blocked shares it.
    """
    return reached_at(link.address).filter(pk=link.adult_id).exists()


def reached_at(address: str) -> QuerySet[Adult]:
    """Return the adults whom this number or e-mail address signs in."""
    points = sign_in_points().filter(address=address).order_by()
    return Adult.objects.filter(pk__in=points.values("adult_id"))


def people_at(address: str, school_id: int) -> list[Adult]:
    """Return who may sign in with a code that this school sent to this address; never staff."""
    adults = reached_at(address).filter(school_id=school_id).select_related("user", "school")
    return [
        adult
        for adult in adults.order_by("pk")
        if adult.user is None or not is_staff_account(adult.user)
    ]


def is_staff_account(user: User) -> bool:
    return user.is_staff or user.is_superuser or user.posts.exists()


def choose_language(*, adult: Adult, language: str) -> None:
    """Choose the language of the pages and of every message from now on."""
    Adult.objects.filter(pk=adult.pk).update(language=language)


def choose_pause(*, adult: Adult, chosen: str, by: User, at: datetime) -> None:
    """Pause questions for `chosen` days, counted from today where the adult lives; "0" ends the pause."""
    if chosen == "0":
        messaging.pause_adult(adult=adult, until=None, by=by)
    elif chosen in {str(days) for days in OWN_PAUSE_DAYS}:
        last = local_day(adult.hours, at) + timedelta(days=int(chosen) - 1)
        messaging.pause_adult(adult=adult, until=last, by=by)


def choose_rhythm(*, adult: Adult, chosen: str, by: User) -> None:
    """Ask this adult at most once every `chosen` days; "" goes back to the school's rhythm."""
    if chosen == "" or chosen in {str(days) for days in OWN_RHYTHMS}:
        every_days = int(chosen) if chosen else None
        messaging.choose_rhythm(adult=adult, every_days=every_days, by=by)
