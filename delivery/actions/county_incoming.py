"""What a provider tells of a county's account finds its school: reports, families' words, permissions.

Nobody guesses which school is meant. Where a person is known at several, or at none, no school gets their
words; they are told so at once.
"""

from collections.abc import Iterable, Mapping
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

Copies = Mapping[int, ChannelAccount]
NOWHERE = KnownAt()


def take_hook_of_county(
    *, account: CountyAccount, found: Reports, at: datetime
) -> list[tuple[Incoming, bool]]:
    """Take everything that one request says. Return what came in and reached no school, with whether its
    sender is known at several. Raises NotYet where a report comes too early: the provider sends it again.
    """
    take_reports_of_county(account=account, found=found, at=at)  # a report that comes twice is one
    copies = {copy.pk: copy for copy in account.copies.order_by("pk")}
    senders = {one.address for one in found.incoming} | {one.address for one in found.permissions}
    if not copies or not (senders or found.ways):
        return []
    known = where_known(copies.values(), senders, local_date(at))
    with transaction.atomic():
        first = next(iter(copies.values()))
        if is_repeated(account=first, signature=found.signature, at=at):
            return []
        schools = [copy.school_id for copy in copies.values()]
        note_ways(schools=schools, kind=account.kind, ways=found.ways, at=at)
        for permission in found.permissions:
            _note_permission(
                account, permission, known.get(permission.address, NOWHERE), copies, at
            )
        return _keep(found.incoming, known, copies, at)


def _keep(
    incoming: Iterable[Incoming],
    known: Mapping[str, KnownAt],
    copies: Copies,
    at: datetime,
) -> list[tuple[Incoming, bool]]:
    lost = []
    for told in incoming:
        where = known.get(told.address, NOWHERE)
        # A refusal binds every school, and a call for help must be heard, whichever was meant.
        is_shared = is_for_all(told.text)
        pks = where.copies if is_shared else where.likely
        is_certain = bool(pks) and (is_shared or len(pks) == 1)
        for pk in pks if is_certain else ():
            keep_incoming(copies[pk], told, at)
        if not is_certain:
            lost.append((told, bool(pks)))
    return lost


def _note_permission(
    account: CountyAccount, permission: Permission, known: KnownAt, copies: Copies, at: datetime
) -> None:
    """One message may come: from that of the schools in question which has the fewest left. What is taken
    back is taken back everywhere.
    """
    if not permission.is_granted:
        for pk in known.copies:
            note_permission(account=copies[pk], permission=permission, at=at)
        return
    CountyAccount.objects.select_for_update().get(
        pk=account.pk
    )  # the same event, told twice at once
    counted = WechatPermission.objects.filter(
        account__in=same_to_provider(account), source=permission.source[:200]
    )
    if not known.likely or counted.exists():
        return

    def left(copy: ChannelAccount) -> tuple[bool, int]:
        stock = stock_of(copy, permission.address, permission.template)
        return not copy.is_enabled, stock.count()

    mine = min((copies[pk] for pk in known.likely), key=left)
    note_permission(account=mine, permission=permission, at=at)
