"""Agree to what a system may do, and withdraw the agreement."""

from datetime import date, datetime

from django.db import transaction

from accounts.models import CredentialEvent, User
from api.models import Agreement, ApiToken
from api.tokens.actions import record_for
from api.tokens.policies import MAKING, TOLD
from surveys.models import Study


@transaction.atomic
def agree(
    *,
    token: ApiToken,
    scope: str,
    study: Study | None,
    by: User,
    on: date,
    at: datetime,
    ip: str | None,
) -> Agreement:
    """Agree to a scope. An agreement by another colleague or for another study is replaced.

    A second call changes nothing.
    """
    ApiToken.objects.select_for_update(no_key=True).get(pk=token.pk)  # one at a time
    standing = Agreement.objects.filter(token=token, scope=scope, ended_at=None).first()
    if standing and (standing.by_id, standing.study_id) == (by.pk, study.pk if study else None):
        return standing
    if standing:
        _end(standing, by, at)
    made = Agreement.objects.create(token=token, scope=scope, study=study, by=by, at=at)
    _tell(token, f"{token.name}: + {scope}", by, on, ip)
    return made


@transaction.atomic
def take_back(*, agreement: Agreement, by: User, on: date, at: datetime, ip: str | None) -> None:
    """Withdraw the agreement: from now on the system may no longer do this. Safe to call again."""
    if _end(agreement, by, at):
        _tell(agreement.token, f"{agreement.token.name}: - {agreement.scope}", by, on, ip)


def _end(agreement: Agreement, by: User, at: datetime) -> int:
    rows = Agreement.objects.filter(pk=agreement.pk, ended_at=None)
    return rows.update(ended_at=at, ended_by=by)


def _tell(token: ApiToken, detail: str, by: User, on: date, ip: str | None) -> None:
    record_for(token, CredentialEvent.Kind.TOKEN_AGREED, {*TOLD, *MAKING}, detail, by, on, ip)
