"""Finds the school for a provider's news on a county account: reports, families' messages, permissions.

The software never guesses a school. If a person is known at several schools, or at none, no school gets their
message, and they are told so at once.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from core.clock import local_date
from delivery.actions.incoming import (
    is_repeated,
    keep_incoming,
    note_permission,
    note_ways,
    stock_of,
)
from delivery.channels.base import Incoming, Permission, Reports
from delivery.incoming.rules import is_for_all
from delivery.models import ChannelAccount, CountyAccount, WechatPermission
from delivery.shared.queries import KnownAt, same_to_provider, where_known
from delivery.shared.reports import take_reports_of_county

Copies = Mapping[int, ChannelAccount]  # by school id
NOWHERE = KnownAt()


def take_hook_of_county(
    *, account: CountyAccount, found: Reports, at: datetime
) -> list[tuple[Incoming, bool]]:
    """Process everything in one request and return the messages that did not reach every school they may be
    meant for.

    Each comes with whether its sender is known at several schools. The result is the same each time that the
    request comes. Raises NotYet if a report comes too early: the provider sends it again.
    """
    # a report that comes twice counts once
    take_reports_of_county(account=account, found=found, at=at)
    copies = {copy.school_id: copy for copy in account.copies.order_by("pk")}
    senders = {one.address for one in found.incoming} | {one.address for one in found.permissions}
    if not (senders or found.ways):
        return []
    known = where_known(account, senders, local_date(at))
    if copies:
        with transaction.atomic():
            first = next(iter(copies.values()))
            if not is_repeated(account=first, signature=found.signature, at=at):
                _take(account, found, known, copies, at)
    lost = []
    for told in found.incoming:
        where = known.get(told.address, NOWHERE)
        meant = _meant(told, where)
        if not meant or not copies.keys() >= set(meant):
            lost.append((told, bool(where.schools)))
    return lost


def _take(
    account: CountyAccount,
    found: Reports,
    known: Mapping[str, KnownAt],
    copies: Copies,
    at: datetime,
) -> None:
    note_ways(schools=list(copies), kind=account.kind, ways=found.ways, at=at)
    for permission in found.permissions:
        where = known.get(permission.address, NOWHERE)
        _note_permission(account, permission, where, copies, at)
    for told in found.incoming:
        for school in _meant(told, known.get(told.address, NOWHERE)):
            if school in copies:
                keep_incoming(copies[school], told, at)


def _meant(told: Incoming, known: KnownAt) -> tuple[int, ...]:
    """Return the schools that receive the message.

    A refusal applies to every school, and a call for help must be heard, whichever school it was meant for.
    Anything else is for one school; if there are several, for none.
    """
    if is_for_all(told.text):
        return known.schools
    return known.likely if len(known.likely) == 1 else ()


def _note_permission(
    account: CountyAccount, permission: Permission, known: KnownAt, copies: Copies, at: datetime
) -> None:
    """Count one more message at the likely school that has the fewest permissions left.

    A permission that is taken back is taken back everywhere.
    """
    mine = [copies[school] for school in known.schools if school in copies]
    if not permission.is_granted:
        for copy in mine:
            note_permission(account=copy, permission=permission, at=at)
        return
    # The same event may be reported twice at once.
    CountyAccount.objects.select_for_update().get(pk=account.pk)
    counted = WechatPermission.objects.filter(
        account__in=same_to_provider(account), source=permission.source[:200]
    )
    useful = [copy for copy in mine if copy.is_enabled and copy.school_id in known.written_to]
    likely = [copy for copy in useful if copy.school_id in known.now] or useful
    if not likely or counted.exists():
        return

    def left(copy: ChannelAccount) -> int:
        return stock_of(copy, permission.address, permission.template).count()

    note_permission(account=min(likely, key=left), permission=permission, at=at)
