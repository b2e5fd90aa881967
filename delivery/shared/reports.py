"""A provider reports at one address for all schools of a county: each report goes to the school's copy."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from core.clock import local_date
from delivery.channels import secrets
from delivery.channels.base import Account, Report, Reports
from delivery.dispatch.receipts import take_reports
from delivery.dispatch.ways import opened
from delivery.models import CountyAccount
from delivery.shared.queries import copies_named, copies_that_rang, same_to_provider, where_known
from delivery.voice.rules import PERHAPS


class NotYet(Exception):
    """A proven report matches no message (yet): the provider must send it again."""


def opened_for_reports(account: CountyAccount) -> Account:
    """Return the account with the settings that were agreed to, as a copy in its county holds them.

    What an officer has changed since opens nothing yet. While no school has a copy, no report can be about
    any message.
    """
    copies = list(account.copies.select_related("school").order_by("pk"))
    if not copies:
        try:
            secret = secrets.unseal(sealed=account.secret, row=secrets.row_of_county(account))
        except secrets.SecretUnreadable:
            secret = {}
        return Account(account.kind, account.config, secret, copies=(0,))
    in_county = (one for one in copies if one.school.county_id == account.county_id)
    agreed = opened(next(in_county, copies[0]))
    return replace(agreed, pk=None, copies=tuple(one.pk for one in copies))


def take_reports_of_county(*, account: CountyAccount, found: Reports, at: datetime) -> None:
    """Process each report under the copy over which its message went: no other school's message can be meant.

    A repeated request finds its reports known (DeliveryReceipt.digest). Raises NotYet if a report that proves
    something names no message: it may have arrived before our own record of the sending. If the report says
    to whom the message went, it also waits at each school that knows this address, in case it does not come
    again: it counts at the school that has the message.
    """
    accounts = {one.pk: one for one in same_to_provider(account)}
    copies = {one.school_id: one.pk for one in accounts.values() if one.of_county_id == account.pk}
    keys = [key for report in found.reports if (key := _key(report))]
    references = [report.reference for report in found.reports if report.reference]
    named = copies_named(accounts, keys, references)
    perhaps = [key for report in found.reports for key in report.raw.get(PERHAPS, [])]
    rang = copies_that_rang(account, perhaps) if perhaps else {}
    receivers = {report.address for report in found.reports if report.address}
    known = where_known(account, receivers, local_date(at)) if receivers else {}
    of_copy: dict[int, list[Report]] = defaultdict(list)
    strange = 0
    for report in found.reports:
        key = _key(report)
        pk = (named.get(key) if key else None) or named.get(report.reference)
        # A key for help in a call that nothing identifies is stored wherever it may belong, so that it is not
        # lost.
        maybe = {rang[key] for key in report.raw.get(PERHAPS, []) if key in rang}
        strange += not pk and not maybe
        if not pk and report.address in known:
            schools = known[report.address].schools
            maybe |= {copies[school] for school in schools if school in copies}
        for one in [pk] if pk else maybe:
            of_copy[one].append(report)
    for pk, reports in of_copy.items():
        take_reports(account=accounts[pk], reports=reports, at=at, is_proof=found.is_proof)
    if strange and found.is_proof:
        raise NotYet


def _key(report: Report) -> UUID | None:
    try:
        return UUID(report.key)
    except ValueError:
        return None
