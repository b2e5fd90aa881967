"""Give posts. Each action and its rows in the credential log are one transaction."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from django.db import transaction
from django.db.models import Q

from accounts.actions import record_credential_event, set_reach
from accounts.models import CredentialEvent, User
from core import spoken_codes as numbers
from core.clock import local_date
from core.phones import mobile_in
from schools import record_checks
from schools.agreeing.policies import both_still_there, still_stands
from schools.appointing import apart
from schools.appointing.record import SECOND, ended_detail, given_detail
from schools.models import County, Post, PostOffer, School, SchoolClass
from schools.queries import last_look_up, village_posts
from schools.roles import CASE_ROLES, Permission, Role, roles_with

OFFER_DAYS = 14  # days until an unanswered offer lapses; a two-week holiday fits into it
NUMBER = "offer"  # purpose of an offer's number (core.spoken_codes)
Kind, Outcome = CredentialEvent.Kind, PostOffer.Outcome


class SignInTaken(Exception):
    """Raised when another account has taken this username in the meantime."""


class NotLookedUp(ValueError):
    """Raised because a post in a village cannot begin before somebody has checked whether its holder has a
    record of harming children.
    """


class AlreadyOffered(Exception):
    """Raised when the same post is already on offer."""


@dataclass(frozen=True)
class Appointment:
    """The post to give; `username` is as typed if there is no account yet."""

    username: str
    name: str
    role: str
    starts_on: date
    phone: str = ""
    school_class: SchoolClass | None = None
    village: str = ""
    is_duty: bool = False
    record_checked_on: date | None = None


def was_looked_up(role: str, checked_on: date | None, starts_on: date, today: date) -> bool:
    is_asked_of = role == Role.VILLAGE_WORKER
    return not is_asked_of or record_checks.counts_for_post(checked_on, starts_on, today)


@transaction.atomic
def note_look_up(*, user: User, school: School, checked_on: date | None, on: date) -> None:
    """Record the check on all of the person's village posts at this school; the history keeps
    earlier ones.
    """
    village_posts(user, school, on).update(record_checked_on=checked_on)


def account_named(username: str) -> User | None:
    """Return the account with that name, ignoring case: usernames must not differ only in capitals, so that
    nobody is mistaken for somebody else.
    """
    return User.objects.filter(username__iexact=username).first()


def belongs_to(user: User, school: School, on: date) -> bool:
    """Return whether the school may appoint this person without asking them: a colleague with a current or
    future post here, or somebody whom only this school has appointed and who has never signed in.
    """
    posts = Post.objects.filter(user=user)
    if posts.filter(Q(ends_on=None) | Q(ends_on__gte=on), school=school).exists():
        return True
    is_new = not user.has_usable_password() and posts.filter(school=school).exists()
    return is_new and not posts.exclude(school=school).exists()


@transaction.atomic
def appoint(
    *,
    school: School,
    appointment: Appointment,
    by: User,
    on: date,
    at: datetime,
    ip: str | None = None,
) -> Post | PostOffer:
    """Give the post if `by` may do so alone; otherwise make an offer, which waits for the person, a second
    person, or both.

    A role that reads cases needs a second person. So does a role that handles concerns if given to oneself.
    Raises AlreadyOffered, NotLookedUp, SignInTaken.
    """
    told = (appointment.role, appointment.record_checked_on, appointment.starts_on)
    if not was_looked_up(*told, today=on):
        raise NotLookedUp
    user = account_named(appointment.username)
    needs_owner = user is not None and not belongs_to(user, school, on)
    to_self = user == by and appointment.role in roles_with(Permission.HANDLE_CONCERNS)
    needs_second = appointment.role in CASE_ROLES or to_self
    if not (needs_owner or needs_second):
        return _give(school=school, user=user, appointment=appointment, by=by, on=on, ip=ip)
    # An offer that has lapsed must not block a new one.
    is_old = Q(asked_at__lte=at - timedelta(days=OFFER_DAYS)) | ~both_still_there(local_date(at))
    own = PostOffer.objects.filter(school=school, county=None, closed_at=None)
    own.filter(is_old).update(outcome=Outcome.WITHDRAWN, closed_at=at)
    if own.filter(username__iexact=appointment.username, role=appointment.role).exists():
        raise AlreadyOffered
    offer = PostOffer.objects.create(
        school=school,
        user=user,
        asked_by=by,
        asked_at=at,
        needs_owner=needs_owner,
        needs_second=needs_second,
        **vars(appointment),
    )
    _record(offer, Kind.POST_OFFERED, by=by, ip=ip)
    return offer


@transaction.atomic
def accept(*, offer: PostOffer, number: str, by: User, at: datetime, ip: str | None = None) -> bool:
    """Accept as the owner of the account, with the number that they were told; return False if it is wrong.

    The last allowed wrong number ends the offer. Raises apart.NotApart, NotLookedUp.
    """
    if not is_number_of(offer=offer, number=number, by=by, at=at, ip=ip):
        return False
    offer = PostOffer.objects.select_for_update().get(pk=offer.pk)
    offer.accepted_at = at
    offer.save(update_fields=["accepted_at"])
    _record(offer, Kind.POST_ACCEPTED, by=by, ip=ip)
    _give_when_complete(offer, at, ip)
    return True


@transaction.atomic
def is_number_of(
    *, offer: PostOffer, number: str, by: User, at: datetime, ip: str | None = None
) -> bool:
    """Return whether the owner of the account knows the number of an offer that waits for them; wrong ones
    are counted.
    """
    offer = PostOffer.objects.select_for_update().get(pk=offer.pk)
    if offer.closed_at or not offer.waits_for_owner or offer.user_id != by.pk:
        return False
    if offer.county_id and offer.waits_for_second:  # until then nobody has been told a number
        return False
    if numbers.is_right(NUMBER, offer.salt, number):
        return True
    offer.failed_attempts += 1
    offer.save(update_fields=["failed_attempts"])
    if offer.failed_attempts >= numbers.ATTEMPTS:
        _close(offer, Outcome.DECLINED, at)
        _record(offer, Kind.POST_DECLINED, by=by, ip=ip, detail="wrong numbers")
    return False


@transaction.atomic
def agree(*, offer: PostOffer, by: User, at: datetime, ip: str | None = None) -> bool:
    """Agree as the second person (schools.agreeing); return False if somebody has answered in the meantime.

    Raises SignInTaken if the account cannot be made, apart.NotApart and NotLookedUp.
    """
    offer = PostOffer.objects.select_for_update().get(pk=offer.pk)
    if offer.closed_at or not offer.waits_for_second:
        return False
    if offer.county_id:
        _check_apart(offer, by, at)
        # Make the account of a new person, so that a slip can open it; it has no post yet. If an
        # earlier offer made the account and nobody ever opened it, its contact details are
        # replaced with those of this offer.
        if offer.user is None:
            offer.user = make_account(
                username=offer.username,
                name=offer.name,
                phone=offer.phone,
                email=offer.email,
                by=offer.asked_by,
                school_id=offer.school_id,
                ip=ip,
            )
            offer.save(update_fields=["user"])
        elif not (offer.user.has_usable_password() or offer.user.posts.exists()):
            set_reach(
                user=offer.user, phone=offer.phone, email=offer.email, by=offer.asked_by, ip=ip
            )
    offer.agreed_by, offer.agreed_at = by, at
    offer.save(update_fields=["agreed_by", "agreed_at"])
    _record(offer, Kind.POST_ACCEPTED, by=by, ip=ip, detail=SECOND)
    _give_when_complete(offer, at, ip)
    return True


@transaction.atomic
def close(*, offer: PostOffer, outcome: str, by: User, at: datetime, ip: str | None = None) -> None:
    """Close the offer: declined by the person, refused by the second person, or withdrawn by the school."""
    offer = PostOffer.objects.select_for_update().get(pk=offer.pk)
    if offer.closed_at is None:
        _close(offer, outcome, at)
        is_withdrawn = outcome == Outcome.WITHDRAWN
        _record(offer, Kind.POST_WITHDRAWN if is_withdrawn else Kind.POST_DECLINED, by=by, ip=ip)


@transaction.atomic
def close_not_looked_up(*, offer: PostOffer, at: datetime, ip: str | None = None) -> None:
    """Close an offer after NotLookedUp: nobody can complete it, and as long as it is open it blocks a new
    one.
    """
    offer = PostOffer.objects.select_for_update().get(pk=offer.pk)
    if offer.closed_at is None:
        _close(offer, Outcome.WITHDRAWN, at)
        _record(offer, Kind.POST_WITHDRAWN, by=None, ip=ip, detail="record not looked up")


@transaction.atomic
def end_post(*, post: Post, ends_on: date, by: User, ip: str | None = None) -> None:
    """End the post. It stays on record, and from the next day on it gives no access."""
    post.ends_on = ends_on
    post.save(update_fields=["ends_on"])
    record_credential_event(
        user=post.user,
        kind=Kind.POST_ENDED,
        by=by,
        school_id=post.school_id,
        ip=ip,
        detail=ended_detail(post),
    )


@transaction.atomic
def reopen_post(*, post: Post, ends_on: date | None, by: User) -> None:
    """Restore a post whose end was set by an action that is now undone; the log shows the post as it is
    again.
    """
    post.ends_on = ends_on
    post.save(update_fields=["ends_on"])
    told = [(Kind.POST_GIVEN, given_detail(post))]
    if ends_on:
        told.append((Kind.POST_ENDED, ended_detail(post)))
    for kind, detail in told:
        record_credential_event(
            user=post.user, kind=kind, by=by, school_id=post.school_id, detail=detail
        )


@transaction.atomic
def take_back_post(*, post: Post, by: User) -> None:
    """Delete a post because the action that gave it is undone; the log records that it existed."""
    record_credential_event(
        user=post.user,
        kind=Kind.POST_TAKEN_BACK,
        by=by,
        school_id=post.school_id,
        detail=given_detail(post),
    )
    post.delete()


def give_post(
    *,
    user: User,
    role: str,
    starts_on: date,
    today: date,
    by: User | None,
    offer: PostOffer | None = None,
    **place,
) -> Post:
    """Give a post. `place` is school= (for a class teacher also school_class=) or county=.

    Call it only when everybody who has to agree has done so. `by` is None for the operator of the
    installation; `offer` is what others agreed to. Raises NotLookedUp.
    """
    if not was_looked_up(role, place.get("record_checked_on"), starts_on, today):
        raise NotLookedUp
    post = Post.objects.create(user=user, role=role, starts_on=starts_on, **place)
    detail = given_detail(post) + (f" offer {offer.pk}" if offer else "")
    record_credential_event(
        user=user, kind=Kind.POST_GIVEN, by=by, school_id=post.school_id, detail=detail
    )
    return post


def make_account(
    *, username: str, name: str, phone: str = "", email: str = "", by: User | None, **event
) -> User:
    """Make an account without a password; a slip (schools.passwords) opens it.

    Somebody who signs in with a mobile number gets alerts there unless `phone` is another number. Raises
    SignInTaken.
    """
    if account_named(username):
        raise SignInTaken
    phone = phone or mobile_in(username)
    user = User.objects.create_user(username, name=name, phone=phone, email=email)
    record_credential_event(user=user, kind=Kind.ACCOUNT_MADE, by=by, **event)
    return user


def _give_when_complete(offer: PostOffer, at: datetime, ip: str | None) -> None:
    if offer.waits_for_owner or offer.waits_for_second:
        return
    if not PostOffer.objects.filter(still_stands(local_date(at)), pk=offer.pk).exists():
        _close(offer, Outcome.WITHDRAWN, at)
        _record(offer, Kind.POST_WITHDRAWN, by=None, ip=ip, detail="who asked or agreed has left")
        return
    if offer.county_id:
        # The checks made at the request and at the agreement, once more.
        _check_apart(offer, cast(User, offer.agreed_by), at)
        place = {"school": offer.school} if offer.school_id else {"county": offer.county}
        give_post(
            user=cast(User, offer.user),  # created when the second person agreed
            role=offer.role,
            starts_on=local_date(at),
            today=local_date(at),
            by=offer.asked_by,
            offer=offer,
            **place,
        )
    else:
        appointment = Appointment(
            **{name: getattr(offer, name) for name in Appointment.__dataclass_fields__}
        )
        post = _give(
            school=cast(School, offer.school),
            user=offer.user,
            appointment=appointment,
            by=offer.asked_by,
            on=local_date(at),
            ip=ip,
            offer=offer,
        )
        offer.user = post.user
        offer.save(update_fields=["user"])
    _close(offer, Outcome.GIVEN, at)


def _check_apart(offer: PostOffer, by: User, at: datetime) -> None:
    named = apart.check_named(
        county=cast(County, offer.county),
        role=offer.role,
        user=offer.user,
        username=offer.username,
        phone=offer.phone,
        email=offer.email,
        at=at,
    )
    apart.check_second(by=by, asked_by=offer.asked_by, named=named, at=at)


def _give(
    *,
    school: School,
    user: User | None,
    appointment: Appointment,
    by: User,
    on: date,
    ip: str | None,
    offer: PostOffer | None = None,
) -> Post:
    user = user or make_account(
        username=appointment.username,
        name=appointment.name,
        phone=appointment.phone,
        by=by,
        school_id=school.pk,
        ip=ip,
    )
    is_teacher = appointment.role == Role.CLASS_TEACHER
    checked_on = None
    if appointment.role == Role.VILLAGE_WORKER:
        days = (appointment.record_checked_on, last_look_up(user, school, on))
        checked_on = max(filter(None, days), default=None)
    post = give_post(
        user=user,
        role=appointment.role,
        starts_on=appointment.starts_on,
        today=on,
        by=by,
        offer=offer,
        school=school,
        school_class=appointment.school_class if is_teacher else None,
        village=appointment.village,
        is_duty=appointment.is_duty,
        record_checked_on=checked_on,
    )
    if checked_on:
        note_look_up(user=user, school=school, checked_on=checked_on, on=on)
    return post


@transaction.atomic
def ask_for_county(*, offer: PostOffer, by: User, ip: str | None) -> None:
    """Save an offer requested by schools.founding, and log it."""
    offer.save()
    _record(offer, Kind.POST_OFFERED, by=by, ip=ip)


def _close(offer: PostOffer, outcome: str, at: datetime) -> None:
    offer.outcome, offer.closed_at = outcome, at
    offer.save(update_fields=["outcome", "closed_at"])


def _record(
    offer: PostOffer, kind: str, *, by: User | None, ip: str | None, detail: str = ""
) -> None:
    """Log an event about the account or, if there is none yet, about the person who asked.

    The offer's key comes last.
    """
    said = [offer.role, "" if offer.user else offer.name, detail]
    said += [f"county {offer.county_id}" if offer.county_id else "", f"offer {offer.pk}"]
    record_credential_event(
        user=offer.user or offer.asked_by,
        kind=Kind(kind),
        by=by,
        school_id=offer.school_id,
        ip=ip,
        detail=" ".join(filter(None, said)),
    )
