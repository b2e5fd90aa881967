"""Browsers in which a family stays signed in: remember, list and end them, from the next request on."""

from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import transaction

from accounts.models import User
from core import walls
from delivery.actions.screens import forget_screens_of
from delivery.models import Device, WechatLink
from guardians.actions import link_contact_point
from guardians.models import Adult, ContactPoint
from guardians.policies import adults_of
from guardians.queries import sign_in_points


def remember_device(
    *, user: User, session_key: str, name: str, opened_by: str, at: datetime
) -> Device:
    device, _is_new = Device.objects.update_or_create(
        session_key=session_key,
        defaults={
            "user": user,
            "name": name[:60],
            "opened_by": opened_by,
            "opened_at": at,
            "last_used_at": at,
        },
    )
    return device


def note_use(*, session_key: str, at: datetime) -> None:
    Device.objects.filter(session_key=session_key).update(last_used_at=at)


def forget_device(*, session_key: str) -> None:
    """Remove a browser from the list, and switch off its screen. Its session ends by itself."""
    forget_screens_of(session_key=session_key)
    Device.objects.filter(session_key=session_key).delete()


@transaction.atomic
def end_device(*, device: Device) -> None:
    forget_screens_of(session_key=device.session_key)
    Session.objects.filter(session_key=device.session_key).delete()
    device.delete()


@transaction.atomic
def end_sessions(*, user: User) -> None:
    """End every session of the account, even one that we have no row for: its hash no longer matches.

    We unlink WeChat too, because on a lost phone it would lead straight back in, and no screen shows anything
    any more. A new unusable password ends the other sessions. An account with a real password (a parent who
    works at the school) keeps it; for such an account we sign out only the phones on the list.
    """
    rows = Device.objects.filter(user=user)
    Session.objects.filter(
        session_key__in=list(rows.values_list("session_key", flat=True))
    ).delete()
    rows.delete()
    unlink_wechat(user=user)
    forget_screens_of(user=user)
    if not user.has_usable_password():
        User.objects.filter(pk=user.pk).update(password=make_password(None))


@transaction.atomic
def link_wechat(
    *, user: User, provider: str, app_id: str, openid: str, address: str, at: datetime
) -> None:
    """Let this adult sign in by WeChat, and write there first, as long as `address` is theirs.

    Each adult has one WeChat. `app_id` is the official account within which `openid` identifies them.
    """
    unlink_wechat(user=user)
    SocialAccount.objects.create(provider=provider, uid=openid, user=user)
    WechatLink.objects.create(user=user, address=address, app_id=app_id, linked_at=at)
    for adult in adults_of(user):
        carry_wechat(user=user, adult=adult, at=at)


def carry_wechat(*, user: User, adult: Adult, at: datetime) -> None:
    """Write to the account's WeChat for this record of the person, too, if it has the same number."""
    link = WechatLink.objects.filter(user=user).first()
    known = SocialAccount.objects.filter(user=user).first()
    mine = sign_in_points().filter(adult__in=adults_of(user).filter(pk=adult.pk))
    if link and known and mine.filter(address=link.address).exists():
        link_contact_point(
            adult=adult,
            kind=ContactPoint.Kind.WECHAT,
            address=known.uid,
            linked_from=link.address,
            issuer=link.app_id,
            at=at,
        )


@walls.every_school("an account's WeChat is one at all its schools")
@transaction.atomic
def unlink_wechat(*, user: User) -> None:
    """Let nobody sign in by the account's WeChat any more, and send nothing there."""
    ContactPoint.objects.filter(adult__user=user, kind=ContactPoint.Kind.WECHAT).delete()
    SocialAccount.objects.filter(user=user).delete()
    WechatLink.objects.filter(user=user).delete()
