"""Base view of the API."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Protocol, cast

from django.utils.cache import patch_vary_headers
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actions import record_access
from accounts.models import User
from api.agreements.policies import agreement_for
from api.authentication import MayAsk, PersonAuthentication, TokenAuthentication
from api.callers import Caller, caller_behind
from api.limits import PerCaller
from api.models import Agreement, ApiToken
from api.parameters import only
from api.parsers import SoundJSON
from api.problems import Refused, answer
from core import clock
from schools.models import School
from schools.policies import Viewer, today_in
from schools.roles import Permission


class Problem(Protocol):
    """An error in a list that was sent. `row` is its place there; None means the whole list."""

    @property
    def row(self) -> int | None: ...
    @property
    def field(self) -> str: ...
    @property
    def words(self) -> str: ...


@method_decorator(gzip_page, name="dispatch")
@method_decorator(conditional_page, name="dispatch")
class ApiView(APIView):
    """Base view of the API.

    * `scopes`: what a token must have, by method; a method without a scope is for people only
    * `besides`: scopes that it needs in addition
    * `people`: a person who reads with their session needs one of these permissions, as on the corresponding
      page; empty means for systems only

    An answer to GET has an ETag and is compressed if the client accepts that, since it repeats no secret of
    the request (BREACH).
    """

    scopes: dict[str, str] = {}
    besides: tuple[str, ...] = ()
    people: tuple[Permission, ...] = ()
    authentication_classes = [TokenAuthentication, PersonAuthentication]
    permission_classes = [MayAsk]
    parser_classes = [SoundJSON]
    http_method_names = ["get", "head", "post"]  # OPTIONS says nothing: the description does
    takes: tuple[str, ...] = ()  # parameters of the address for reading; a write has none
    limit: PerCaller | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.method_asked == "GET":
            self.check_parameters()
        else:
            only(request)

    def check_parameters(self) -> None:
        """Raise BadParameters for an unknown parameter. Ignoring it would answer a different question."""
        only(self.request, *self.takes)

    @cached_property
    def caller(self) -> Caller:
        return caller_behind(cast(ApiToken | Viewer, self.request.auth))

    @property
    def token(self) -> ApiToken:
        """Return the token, for an address or a method that is for systems only."""
        return cast(ApiToken, self.request.auth)

    @property
    def school(self) -> School:
        return self.caller.school

    @property
    def at(self) -> datetime:
        return clock.for_request(self.request)

    @property
    def on(self) -> date:
        return today_in(self.school, self.at)

    @cached_property
    def agreement(self) -> Agreement | None:
        """The agreement of a colleague whose rights apply, because the maker of the token lacks them."""
        return agreement_for(self.token, self.scopes[self.method_asked], self.on)

    @property
    def method_asked(self) -> str:
        return "GET" if self.request.method == "HEAD" else str(self.request.method)

    @property
    def agreed_by(self) -> User:
        """Return whose rights apply for a scope of AGREED_WITH, which MayAsk has checked.

        A person needs nobody's agreement.
        """
        return self.caller.sees_as if self.caller.is_person else cast(Agreement, self.agreement).by

    def get_throttles(self) -> list[Any]:
        self.limit = PerCaller()
        return [self.limit]

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return answer

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, ["Authorization", "Cookie", "Accept-Language"])
        if self.limit:
            self.limit.write_into(response)
        return response

    def refuse(self, rows: str, problems: Sequence[Problem]) -> None:
        """Raise Refused with the errors that a package found in the list `rows`, if there are any."""
        if problems:
            raise Refused(
                [
                    (f"/{rows}" if one.row is None else f"/{rows}/{one.row}/{one.field}", one.words)
                    for one in problems
                ]
            )

    def note_read(self, student_ids: list[int], what: str) -> None:
        """Record in the log of readers, by name of the token or person, every child whose data is sent."""
        record_access(
            by=self.caller.account,
            school_id=self.school.pk,
            student_ids=student_ids,
            what=what,
            ip=self.request.META.get("REMOTE_ADDR"),
        )


class Strict(serializers.Serializer):
    """Refuse unknown fields: a mistyped name must not be silently ignored."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(data) - set(self.fields) if isinstance(data, dict) else set()
        if unknown:
            words = _("There is no such field.")
            raise serializers.ValidationError({name: [words] for name in sorted(unknown)})
        return super().to_internal_value(data)


class TextField(serializers.CharField):
    """Text only. A number is refused, because it may have lost leading zeros on the way."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


WITH_ZONE = _lazy("A time includes its zone, as in 2026-11-27T18:05:00+08:00.")


class MomentField(serializers.DateTimeField):
    """A moment. A time without a zone is ambiguous and refused."""

    default_error_messages = {"naive": WITH_ZONE}

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None:
            self.fail("naive")
        return super().enforce_timezone(value)
