"""Who makes tokens, and which of them work.

A token works only while its maker administers the school: the maker has seen it, and people who leave a
school must not keep a key to it.
"""

from datetime import date, datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from api.models import ApiToken
from api.tokens import rules
from core import walls
from schools.models import Post, holds_on
from schools.policies import school_ids_where, today_in
from schools.roles import Permission, roles_with

MAKING = roles_with(Permission.EDIT_SCHOOL)
# Counsellors and principals, who may open the page of agreements and are told of a token that waits for one.
AGREEING = Permission.VIEW_SURVEY_FIGURES
TOLD = roles_with(AGREEING)


def tokens_visible_to(user: User, on: date) -> QuerySet[ApiToken]:
    schools = school_ids_where(user, Permission.EDIT_SCHOOL, on)
    return with_maker(ApiToken.objects.filter(school_id__in=schools), on)


def get_token_for(user: User, pk: int, on: date) -> ApiToken:
    found = tokens_visible_to(user, on).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def with_maker(tokens: QuerySet[ApiToken], on: date) -> QuerySet[ApiToken]:
    """Annotate `has_maker`: whether the person who made the token still administers the school."""
    posts = Post.objects.filter(
        holds_on(on),
        user=OuterRef("made_by"),
        user__is_active=True,
        school=OuterRef("school"),
        role__in=MAKING,
    )
    return tokens.annotate(**{"has_maker": Exists(posts)}).select_related(  # declared in ApiToken
        "school", "made_by", "account", "revoked_by", "webhook"
    )


def is_open(token: ApiToken, at: datetime) -> bool:
    """Return whether the token opens anything now. It must come from `with_maker`."""
    is_ended = token.revoked_at is not None or today_in(token.school, at) > token.expires_on
    return token.has_maker and not is_ended


@walls.every_school("a token says the school")
def token_behind(given: str, address: str, at: datetime) -> ApiToken | None:
    """Return the token if it works now and from this address. Callers do not learn why a token is refused."""
    if not rules.looks_like_one(given):
        return None
    tokens = ApiToken.objects.filter(digest=rules.digest_of(given), revoked_at=None)
    token = with_maker(tokens, timezone.localdate(at)).first()
    if token is None or not is_open(token, at):
        return None
    return token if rules.is_from(address, token.networks) else None
