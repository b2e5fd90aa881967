"""Which agreements are valid, and who may give and withdraw them."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from api.models import AGREED_WITH, Agreement, ApiToken, Scope
from api.tokens.policies import is_open, with_maker
from schools.models import School
from schools.policies import may


def agreement_for(token: ApiToken, scope: str, on: date) -> Agreement | None:
    """Return the valid agreement: the colleague still has the required post, and the study is not over."""
    rows = Agreement.objects.filter(token=token, scope=scope, ended_at=None)
    found = rows.select_related("by", "token", "study__round__edition", "study__opened_by").first()
    return found if found and holds(found, token.school, on) else None


def holds(agreement: Agreement, school: School, on: date) -> bool:
    """Return whether an agreement that was not withdrawn is valid.

    The maker of a token cannot agree to it.
    """
    has_post = agreement.by.is_active and may_agree(agreement.by, agreement.scope, school, on)
    study, is_own = agreement.study, agreement.by_id == agreement.token.made_by_id
    return has_post and not is_own and (study is None or study.is_open(on))


def may_agree(user: User, scope: str, school: School, on: date) -> bool:
    return may(user, AGREED_WITH[Scope(scope)], school, on)


def scopes_agreed_by(user: User, school: School, on: date) -> list[Scope]:
    return [one for one in AGREED_WITH if may_agree(user, one, school, on)]


def tokens_asking(
    user: User, school: School, scopes: Iterable[str], on: date, at: datetime
) -> list[ApiToken]:
    """Return the school's tokens that work now and request one of these scopes."""
    rows = ApiToken.objects.filter(school=school, revoked_at=None, scopes__overlap=list(scopes))
    return [one for one in with_maker(rows, on) if is_open(one, at)]


def get_token_to_agree(user: User, school: School, pk: int, on: date, at: datetime) -> ApiToken:
    """Return a token by somebody else that requests something this colleague may agree to; else 404."""
    asking = tokens_asking(user, school, scopes_agreed_by(user, school, on), on, at)
    found = next((one for one in asking if one.pk == pk and one.made_by_id != user.pk), None)
    if found is None:
        raise Http404
    return found


def get_agreement_for(user: User, school: School, pk: int, on: date) -> Agreement:
    rows: QuerySet[Agreement] = Agreement.objects.filter(token__school=school, pk=pk)
    found = rows.select_related("token__school", "token__made_by").first()
    if found is None or not may_agree(user, found.scope, school, on):
        raise Http404
    return found
