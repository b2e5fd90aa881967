"""Stores every incoming message at once; threads decides where it belongs."""

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import IntegrityError, transaction

from delivery.channels.base import Incoming, Permission, Reports, WayNews
from delivery.channels.registry import CHANNELS
from delivery.channels.signing import FRESH
from delivery.channels.wechat.permissions import permissions_of
from delivery.dispatch.receipts import take_reports
from delivery.models import (
    ChannelAccount,
    CountyAccount,
    IncomingMedia,
    IncomingMessage,
    SeenSignature,
    WechatPermission,
)
from guardians.actions import note_delivery
from guardians.models import ContactPoint
from uploads.models import Upload

PLAIN_MODE_SECONDS = (
    3600  # seconds; how long the settings page shows that the provider sends in plain mode
)
TEXT_AT_MOST = 4000  # characters; a long SMS has 1,000, a WeChat text 2,048


def take_in(
    *,
    account: ChannelAccount,
    provider_id: str,
    address: str,
    address_kind: str,
    text: str,
    at: datetime,
    sent_at: datetime | None = None,
    upload: Upload | None = None,
) -> bool:
    """Store what a provider delivered. Return False if we already know this `provider_id`.

    `address`: as a contact point has it (E.164, an open id). `at`: when it reached us.
    """
    row = IncomingMessage(
        school_id=account.school_id,
        account=account,
        provider_id=provider_id[:120],
        address=address[:254],
        address_kind=address_kind,
        text=text.replace("\x00", "")[:TEXT_AT_MOST],
        upload=upload,
        sent_at=sent_at,
        received_at=at,
    )
    known = IncomingMessage.objects.filter(account=account, provider_id=row.provider_id)
    had = known.exists()
    IncomingMessage.objects.bulk_create([row], ignore_conflicts=True)
    return not had


def take_hook(*, account: ChannelAccount, found: Reports, at: datetime) -> None:
    """Process everything that a provider's request says. A signed request counts once, and as a whole."""
    with transaction.atomic():
        if is_repeated(account=account, signature=found.signature, at=at):
            return
        take_reports(account=account, reports=found.reports, at=at, is_proof=found.is_proof)
        for told in found.incoming:
            keep_incoming(account, told, at)
        note_ways(schools=[account.school_id], kind=account.kind, ways=found.ways, at=at)
        for permission in found.permissions:
            note_permission(account=account, permission=permission, at=at)


def is_repeated(*, account: ChannelAccount, signature: str, at: datetime) -> bool:
    """Remember a signed request, and return whether it came before.

    A request without a signature never counts as repeated.
    """
    if not signature:
        return False
    SeenSignature.objects.filter(seen_at__lt=at - 2 * FRESH).delete()
    digest = hashlib.sha256(signature.encode()).hexdigest()
    try:
        # Wait for another request with the same signature at the same time.
        with transaction.atomic():
            SeenSignature.objects.create(account=account, digest=digest, seen_at=at)
    except IntegrityError:
        return True
    return False


def note_plain_mode(account: ChannelAccount | CountyAccount) -> None:
    """Remember plain mode for the settings page, where the other mode has to be chosen."""
    cache.set(_plain_mode_of(account), True, PLAIN_MODE_SECONDS)


def sends_in_plain_mode(account: ChannelAccount | CountyAccount) -> bool:
    return cache.get(_plain_mode_of(account)) is not None


def _plain_mode_of(account: ChannelAccount | CountyAccount) -> str:
    return f"messaging:plain_mode:{account._meta.model_name}:{account.pk}"


def keep_incoming(account: ChannelAccount, told: Incoming, at: datetime) -> None:
    common: dict[str, Any] = {
        "provider_id": told.provider_id[:120],
        "address": told.address,
        "address_kind": CHANNELS[account.kind].MEANS,
        "text": told.text,
        "sent_at": told.sent_at,
    }
    if not told.media_id:
        take_in(account=account, at=at, **common)
        return
    if IncomingMessage.objects.filter(account=account, provider_id=common["provider_id"]).exists():
        return
    row = IncomingMedia(
        school_id=account.school_id,
        account=account,
        kind=told.media_kind,
        media_id=told.media_id[:200],
        received_at=at,
        next_attempt_at=at,
        **common,
    )
    IncomingMedia.objects.bulk_create([row], ignore_conflicts=True)


def note_ways(
    *, schools: Collection[int], kind: str, ways: Iterable[WayNews], at: datetime
) -> None:
    for way in ways:
        points = ContactPoint.objects.filter(
            school__in=schools, kind=CHANNELS[kind].MEANS, address=way.address
        )
        for pk in points.values_list("pk", flat=True):
            if way.works:
                points.filter(pk=pk).update(failing_since=None, failing_cause="")
            else:
                note_delivery(
                    contact_point_id=pk,
                    address=way.address,
                    worked=False,
                    at=at,
                    cause=way.cause,
                )


def note_permission(
    *, account: ChannelAccount, permission: Permission, at: datetime, scene: int | None = None
) -> bool:
    """Allow one more message to this address, which then counts as working; or take all permissions back.

    Return False if this tap has been counted already, or the permissions were taken back.
    """
    if not permission.is_granted:
        stock_of(account, permission.address, permission.template).update(taken_at=at)
        return False
    row = WechatPermission(
        school_id=account.school_id,
        account=account,
        address=permission.address,
        template=permission.template,
        scene=scene,
        source=permission.source[:200],
        granted_at=at,
    )
    known = permissions_of(account).filter(source=row.source).exists()
    if known:
        return False
    WechatPermission.objects.bulk_create([row], ignore_conflicts=True)
    works = WayNews(permission.address, works=True)
    note_ways(schools=[account.school_id], kind=account.kind, ways=[works], at=at)
    return True


def stock_of(account: ChannelAccount, address: str, template: str):
    """Return the permissions that are left."""
    return permissions_of(account).filter(address=address, template=template, taken_at=None)
