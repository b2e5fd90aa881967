"""Make a token, end it, and record that it was used."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import Truncator

from accounts.actions import record_credential_event
from accounts.models import CredentialEvent, User
from api.models import AGREED_WITH, ApiToken
from api.tokens import rules
from api.tokens.policies import MAKING, TOLD, is_open, with_maker
from schools.models import Post, School, holds_on
from schools.policies import today_in

USED_EVERY = timedelta(
    minutes=1
)  # use is recorded at most this often, so that not every request has to write

DETAIL_LENGTH = 200  # characters: CredentialEvent.detail


@dataclass(frozen=True)
class Wanted:
    name: str
    scopes: Sequence[str]
    days: int  # at most a year
    networks: Sequence[str] = ()


@transaction.atomic
def make(
    *, school: School, wanted: Wanted, key: UUID, by: User, on: date, at: datetime, ip: str | None
) -> str:
    """Make a token and return it; nobody sees it again. Return "" if this form has made it already."""
    School.objects.select_for_update(no_key=True).get(pk=school.pk)  # one form at a time
    if ApiToken.objects.filter(form_key=key).exists():
        return ""
    secret = rules.PREFIX + secrets.token_urlsafe(rules.SECRET_BYTES)
    # Nobody can sign in with this account: it has no password, no post and no family.
    username = f"api-{secrets.token_hex(8)}"
    token = ApiToken.objects.create(
        school=school,
        account=User.objects.create_user(username, name=f"API · {wanted.name}", is_active=False),
        name=wanted.name,
        digest=rules.digest_of(secret),
        scopes=list(wanted.scopes),
        networks=list(wanted.networks),
        made_by=by,
        made_at=at,
        made_on=on,
        expires_on=on + timedelta(days=wanted.days),
        form_key=key,
    )
    tell_administrators(token, CredentialEvent.Kind.TOKEN_MADE, by, on, ip)
    if waits := [str(one) for one in AGREED_WITH if one in token.scopes]:
        detail = f"{token.name}: {', '.join(waits)}"
        record_for(token, CredentialEvent.Kind.TOKEN_ASKS, TOLD, detail, by, on, ip)
    return secret


@transaction.atomic
def revoke(*, token: ApiToken, by: User, on: date, at: datetime, ip: str | None) -> None:
    """End the token: from now on it gives access to nothing. Safe to call again."""
    ended = ApiToken.objects.filter(pk=token.pk, revoked_at=None)
    if ended.update(revoked_at=at, revoked_by=by):
        tell_administrators(token, CredentialEvent.Kind.TOKEN_ENDED, by, on, ip)


def tell_administrators(
    token: ApiToken, kind: CredentialEvent.Kind, by: User | None, on: date, ip: str | None
) -> None:
    """Write to the logs of the school's administrators and of the token's maker, and send them a message."""
    posts = Post.objects.filter(holds_on(on), school=token.school, role__in=MAKING)
    people = User.objects.filter(Q(pk__in=posts.values("user")) | Q(pk=token.made_by_id))
    # A token with nearly all scopes is cut to the room in the log; the token itself lists the rest.
    detail = Truncator(f"{token.name}: {', '.join(token.scopes)}").chars(DETAIL_LENGTH)
    for user in people.filter(is_active=True).order_by("pk"):
        record_credential_event(
            user=user, kind=kind, by=by, school_id=token.school_id, ip=ip, detail=detail
        )


def record_for(
    token: ApiToken,
    kind: CredentialEvent.Kind,
    roles: Collection[str],
    detail: str,
    by: User | None,
    on: date,
    ip: str | None,
) -> None:
    """Write to the logs of those who hold one of these roles at the token's school."""
    posts = Post.objects.filter(holds_on(on), school=token.school_id, role__in=roles)
    for user in User.objects.filter(pk__in=posts.values("user"), is_active=True).order_by("pk"):
        record_credential_event(
            user=user, kind=kind, by=by, school_id=token.school_id, ip=ip, detail=detail
        )


def note_use(*, token: ApiToken, at: datetime) -> None:
    if token.last_used_at is None or at - token.last_used_at >= USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)


@transaction.atomic
def warn_of_ends(*, at: datetime) -> int:
    """Tell the administrators of each school, once, which tokens end soon. Return how many."""
    horizon = timezone.localdate(at) + timedelta(days=rules.WARNED_DAYS)
    ending = with_maker(ApiToken.objects.filter(expires_on__lte=horizon, warned_at=None), horizon)
    found = [token for token in ending.select_for_update(of=("self",)) if is_open(token, at)]
    ApiToken.objects.filter(pk__in=[token.pk for token in found]).update(warned_at=at)
    for token in found:
        kind = CredentialEvent.Kind.TOKEN_ENDS_SOON
        tell_administrators(token, kind, None, today_in(token.school, at), None)
    return len(found)


@transaction.atomic
def tell_of_stopped(*, at: datetime) -> int:
    """Tell the administrators of each school, once, which tokens have stopped because their maker has left.

    Return how many. A token that works again, since its maker is back, is told of again when it stops.
    """
    today = timezone.localdate(at)
    rows = with_maker(ApiToken.objects.filter(revoked_at=None, expires_on__gte=today), today)
    tokens = list(rows.select_for_update(of=("self",)))
    back = [one.pk for one in tokens if one.has_maker and one.stopped_told_at]
    ApiToken.objects.filter(pk__in=back).update(stopped_told_at=None)
    found = [one for one in tokens if not one.has_maker and one.stopped_told_at is None]
    ApiToken.objects.filter(pk__in=[token.pk for token in found]).update(stopped_told_at=at)
    for token in found:
        detail, on = f"{token.name}: {token.made_by.name}", today_in(token.school, at)
        record_for(token, CredentialEvent.Kind.TOKEN_ENDED, MAKING, detail, None, on, None)
    return len(found)
