"""Notices to staff about their own accounts, and the code for a forgotten password."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.actions import record_credential_event, set_password
from accounts.models import CredentialEvent, User
from accounts.queries import credential_events_since, ways_before
from delivery import rules
from delivery.actions.codes import use_code
from delivery.actions.outbox import queue_message, queue_messages
from delivery.models import ChannelAccount, OneTimeCode, OutboxMessage
from schools.models import Post, PostOffer, School

Kind = CredentialEvent.Kind
MEANS = ("phone", "email")
CODE_WORDS = gettext_noop("Your code for a new password")
TOLD_FOR_DAYS = 7  # days; if the workers stopped for longer, the news is too old
# One sentence for each event. It names no child, school or person.
WORDS = {
    Kind.ACCOUNT_MADE: gettext_noop("An account was made for you."),
    Kind.ACCOUNT_SHUT: gettext_noop("Your account was closed."),
    Kind.ACCOUNT_OPENED: gettext_noop("Your account was opened again."),
    Kind.NAME_CHANGED: gettext_noop("The name you sign in with was changed."),
    Kind.SLIP_MADE: gettext_noop("Someone made a slip that sets a password for your account."),
    Kind.SLIP_OPENED: gettext_noop("The slip for your account was opened."),
    Kind.PASSWORD_SET: gettext_noop("The first password of your account was set."),
    Kind.PASSWORD_CHANGED: gettext_noop("The password of your account was changed."),
    Kind.RESET_ASKED: gettext_noop("Someone asked for a new password for your account."),
    Kind.RESET_AGREED: gettext_noop("A second person agreed to a new password for your account."),
    Kind.RESET_REFUSED: gettext_noop("A new password for your account was refused."),
    Kind.FACTOR_ADDED: gettext_noop("A second step was added to your sign-in."),
    Kind.FACTOR_REMOVED: gettext_noop("A second step was removed from your sign-in."),
    Kind.RECOVERY_CODES_MADE: gettext_noop("New recovery codes were made for your account."),
    Kind.RECOVERY_CODE_USED: gettext_noop("A recovery code of your account was used."),
    Kind.POST_OFFERED: gettext_noop("A post is waiting for your answer. Sign in to see it."),
    Kind.POST_ACCEPTED: gettext_noop("A post for your account was accepted."),
    Kind.POST_DECLINED: gettext_noop("A post for your account was declined."),
    Kind.POST_WITHDRAWN: gettext_noop("The offer of a post was withdrawn."),
    Kind.POST_GIVEN: gettext_noop("You were given a post."),
    Kind.POST_ENDED: gettext_noop("One of your posts ends."),
    Kind.POST_TAKEN_BACK: gettext_noop("A post that you were given was taken back."),
    Kind.REACH_CHANGED: gettext_noop("The phone or e-mail of your account was changed."),
    Kind.TOKEN_MADE: gettext_noop("Another system was given access to your school's data."),
    Kind.TOKEN_ENDED: gettext_noop("Another system's access to your school's data was ended."),
    Kind.TOKEN_ENDS_SOON: gettext_noop(
        "Another system's access to your school's data ends within two weeks. Sign in to see which."
    ),
    Kind.TOKEN_ASKS: gettext_noop(
        "Another system needs your agreement. Sign in and open Surveys to see what it would do."
    ),
    Kind.TOKEN_AGREED: gettext_noop("What another system may do at your school was changed."),
    Kind.WEBHOOK_SET: gettext_noop("We now notify another system when your school's data changes."),
    Kind.WEBHOOK_STOPPED: gettext_noop(
        "We no longer notify another system when your school's data changes. Sign in to see why."
    ),
}


@transaction.atomic
def queue_account_notices(*, at: datetime) -> int:
    """Queue one message for each event and each address that reached the person before it; return how many
    are new.

    It checks all events of recent days, not those since a given moment, so as not to miss a late commit.
    """
    events = credential_events_since(at - timedelta(days=TOLD_FOR_DAYS))
    ways = ways_before(events)
    due = {
        f"account:{event.pk}:{means}": (event, means, address)
        for event in events
        for means, address in ways[event.pk].items()
        if address
    }
    known = OutboxMessage.objects.filter(dedupe_key__in=due).values_list("dedupe_key", flat=True)
    fresh = [(key, *due[key]) for key in due.keys() - set(known)]
    rows = []
    for key, event, means, address in sorted(fresh, key=lambda one: one[1].pk):
        school = school_of(event.user, at)
        if school is None:  # the account holds no post anywhere, so no school sends for it
            continue
        words = WORDS[Kind(event.kind)]
        rows.append(account_message(key, event.user, school, words, means, address, at))
    queue_messages(rows)
    return len(rows)


def account_message(
    key: str, user: User, school: School, words: str, means: str, address: str, at: datetime
) -> OutboxMessage:
    """Return a message about accounts and posts, to one address of a member of staff."""
    return OutboxMessage(
        kind=OutboxMessage.Kind.ACCOUNT,
        school=school,
        dedupe_key=key,
        due_at=at,
        expires_at=at + timedelta(hours=rules.ALERT_LATE_AFTER_HOURS),
        user=user,
        payload={"words": words, "means": means, "address": address},
    )


def school_of(user: User, at: datetime) -> School | None:
    """Return the school whose outbox holds messages about this account.

    It is one of the user's schools or of their county, preferably one that has a channel. It is a demo school
    only if all of them are. A post offered by a county counts if the user holds none yet.
    """
    on = timezone.localdate(at)
    posts = Post.objects.filter(user=user)
    current = posts.filter(Q(ends_on=None) | Q(ends_on__gte=on))
    held: QuerySet[Any] = current if current.exists() else posts
    if not held.exists():
        held = PostOffer.objects.filter(user=user, closed_at=None, county__isnull=False)
    places = Q(pk__in=held.values("school")) | Q(county__in=held.values("county"))
    own_first = Case(
        When(pk__in=held.values("school"), then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    has_channel = ChannelAccount.objects.filter(school=OuterRef("pk"), is_enabled=True)
    rows = School.objects.filter(places).annotate(sends=Exists(has_channel))
    return rows.order_by("is_demo", "-sends", own_first, "pk").first()


@transaction.atomic
def queue_password_code(
    *, username: str, means: str, at: datetime, ask_key: UUID, ip: str | None = None
) -> None:
    """Queue a code to the owner's own phone or e-mail, if the account and such an address exist.

    Nothing is returned, so that nobody learns whether they exist. A code opens only for the browser that
    asked with this `ask_key`. The caller counts the requests (accounts.guessing).
    """
    user = _user_with_password(username)
    address = getattr(user, means) if user and means in MEANS else ""
    school = school_of(user, at) if user and address else None
    if user is None or school is None:
        return
    code = OneTimeCode.objects.create(
        purpose=OneTimeCode.Purpose.PASSWORD,
        user=user,
        address=address,
        ask_key=ask_key,
        created_at=at,
        expires_at=at + timedelta(minutes=rules.CODE_MINUTES),
    )
    queue_message(
        kind=OutboxMessage.Kind.CODE,
        school=school,
        dedupe_key=f"code:{code.pk}",
        due_at=at,
        expires_at=code.expires_at,
        user=user,
        payload={"code": code.pk, "means": means, "address": address, "words": CODE_WORDS},
    )
    record_credential_event(user=user, kind=Kind.RESET_ASKED, ip=ip, detail=means)


@transaction.atomic
def set_password_by_code(
    *,
    username: str,
    given: str,
    password: str,
    at: datetime,
    ask_key: UUID,
    ip: str | None = None,
) -> bool:
    """Set the password and end every session if `given` was the code; return whether it was.

    The second step at sign-in stays.
    """
    user = _user_with_password(username)
    if user is None:
        return False
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    used = use_code(
        purpose=OneTimeCode.Purpose.PASSWORD, user=user, given=given, at=at, ask_key=ask_key
    )
    if used is None or used.address not in (user.phone, user.email):
        return False
    set_password(
        user=user,
        password=password,
        kind=Kind.PASSWORD_CHANGED,
        by=user,
        ip=ip,
        detail="with a code",
    )
    return True


def _user_with_password(username: str) -> User | None:
    """Return a member of staff who already has a password. A first password is set with a slip."""
    user = User.objects.filter(username__iexact=username, is_active=True).first()
    is_staff = user and user.has_usable_password() and user.posts.exists()
    return user if is_staff else None
