"""Authentication: another system by its token, or a member of staff by the session of their browser.

A session reads what the person's pages show. It can change nothing here, so a forged form cannot either.
"""

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import User
from api.models import AGREED_WITH, ApiToken, Scope
from api.problems import (
    ONE_WHO_RUNS_SURVEYS,
    NotAgreed,
    PeopleAlone,
    ReadsOnly,
    SecondStepFirst,
)
from api.tokens.actions import note_use
from api.tokens.policies import token_behind
from core import clock, walls
from schools.policies import Viewer, second_step_is_missing, viewer_of

READING = ("GET", "HEAD")
log = structlog.get_logger(__name__)
# One sentence for everything that can be wrong with a token.
NO_TOKEN = _("This needs a valid token, sent from an address where it may be used.")


class TokenAuthentication(BaseAuthentication):
    """Authenticate the header `Authorization: Bearer jq_…`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        header = get_authorization_header(request)
        if not header:
            return None
        scheme, _space, given = header.partition(b" ")
        text = given.decode("ascii", "replace") if scheme.lower() == b"bearer" else ""
        at = clock.for_request(request)
        token = token_behind(text, request.META.get("REMOTE_ADDR", ""), at)
        if token is None:
            raise AuthenticationFailed(NO_TOKEN)
        walls.narrow_to(token.school_id)
        note_use(token=token, at=at)
        log.info(
            "api_call", token=token.pk, name=token.name, method=request.method, path=request.path
        )
        return token.account, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class PersonAuthentication(BaseAuthentication):
    """Authenticate a browser's session, for reading only, with the same second step as the pages.

    A person without a post at a school is a stranger here too.
    """

    def authenticate(self, request: Request) -> tuple[User, Viewer]:
        asked: HttpRequest = request._request
        if not asked.user.is_authenticated:
            raise AuthenticationFailed(NO_TOKEN)
        if request.method not in READING:
            raise ReadsOnly
        if second_step_is_missing(asked):
            raise SecondStepFirst
        viewer = viewer_of(asked)
        if viewer is None or viewer.school is None:
            raise Http404
        walls.narrow_to(viewer.school.pk)
        log.info("api_call", user=viewer.user.pk, method=request.method, path=request.path)
        return viewer.user, viewer


class MayAsk(BasePermission):
    """Check what the view declares: a scope of the token for each method, and posts for a person.

    The posts are those that show a person the same on a page. Anything not declared is refused.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        # The view itself answers 405 for a method that it does not have.
        if request.method not in view.allowed_methods:
            return True
        if isinstance(request.auth, Viewer):
            if not any(map(request.auth.can, view.people)):  # type: ignore[attr-defined]  # of ApiView
                raise Http404
            return True
        if not isinstance(request.auth, ApiToken):
            return False
        method = "GET" if request.method == "HEAD" else request.method
        scope = getattr(view, "scopes", {}).get(method)
        if scope is None:
            raise PeopleAlone
        if not {scope, *getattr(view, "besides", ())} <= set(request.auth.scopes):
            return False
        if scope in AGREED_WITH and view.agreement is None:  # type: ignore[attr-defined]  # of ApiView
            raise NotAgreed(ONE_WHO_RUNS_SURVEYS if scope == Scope.READ_RESPONSES else None)
        return True


class PersonScheme(OpenApiAuthenticationExtension):
    target_class = "api.authentication.PersonAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "jq_…"}
