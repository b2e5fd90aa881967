"""OneRoster 1.2, Rostering Service, as a provider whom consumers only read from."""

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    extend_schema,
    inline_serializer,
)
from rest_framework.request import Request
from rest_framework.response import Response

from api.models import Scope
from api.oneroster.asked import Asked
from api.oneroster.examples import example
from api.oneroster.problems import BadQuery, answer
from api.oneroster.resources import RESOURCES, Resource
from api.views import ApiView
from core.requests import ROWS_MAX, key_of
from schools.roles import Permission

LIMIT, LIMIT_MOST = 100, 500  # rows of one answer: the standard's default, and what we bear
SCOPES = {"teachers": Scope.READ_ADULTS}  # roster.read where nothing stands
SERVED = {"limit", "offset", "fields"}
PAGING = [
    OpenApiParameter("limit", int, description=_("At most 500; 100 where it is left out")),
    OpenApiParameter("offset", int, description=_("How many to pass over")),
]
FIELDS = OpenApiParameter("fields", str, description=_("Names with commas between: only these"))


class RosterView(ApiView):
    people = (Permission.VIEW_OWN_CLASS, Permission.VIEW_ALL_CHILDREN)  # as the list of children
    resource: Resource

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return answer

    def asked(self) -> Asked:
        names_adults = self.caller.is_person or Scope.READ_ADULTS in self.token.scopes
        return Asked(self.caller, self.on, self.at, names_adults)

    def tell(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """What goes out, in the log of readers as well."""
        kept, asked = self._fields(), self.asked()
        children = {child for row in rows for child in self.resource.children(row)}
        self.note_read(sorted(children), "roster")
        told = [self.resource.told(row, asked) for row in rows]
        return [{key: one[key] for key in one if not kept or key in kept} for one in told]

    def _fields(self) -> set[str]:
        query: QueryDict = self.request.GET
        if set(query) - SERVED:
            raise BadQuery("invalid_filter_field" if "filter" in query else "invaliddata")
        kept = {name.strip() for name in query.get("fields", "").split(",") if name.strip()}
        if kept - set(self.resource.shape().fields):
            raise BadQuery("invalid_selection_field")
        return kept


class ListView(RosterView):
    def answer(self) -> Response:
        rows = self.resource.rows(self.asked())
        count = rows.count() if isinstance(rows, QuerySet) else len(rows)
        limit, offset = self._number("limit", LIMIT), self._number("offset", 0)
        if not 0 < limit <= LIMIT_MOST:
            raise BadQuery("invaliddata")
        told = self.tell(list(rows[offset : offset + limit]))
        headers = {"X-Total-Count": str(count), "Link": self._links(limit, offset, count)}
        return Response({self.resource.plural_key: told}, headers=headers)

    def _number(self, name: str, default: int) -> int:
        given = self.request.GET.get(name)
        found = default if given is None else key_of(given)
        if found is None or found > ROWS_MAX:
            raise BadQuery("invaliddata")
        return found

    def _links(self, limit: int, offset: int, count: int) -> str:
        last = max(0, (count - 1) // limit * limit)
        places = {"first": 0, "last": last}
        places |= {"next": offset + limit} if offset + limit < count else {}
        places |= {"prev": max(0, offset - limit)} if offset else {}
        return ", ".join(f'<{self._page(limit, at)}>; rel="{rel}"' for rel, at in places.items())

    def _page(self, limit: int, offset: int) -> str:
        query = self.request.GET.copy()
        query["limit"], query["offset"] = str(limit), str(offset)
        return f"{settings.PUBLIC_URL}{self.request.path}?{query.urlencode()}"


class OneView(RosterView):
    def answer(self) -> Response:
        row = self.resource.row_of(self.asked(), self.kwargs["key"])
        if row is None:
            raise Http404
        return Response({self.resource.singular: self.tell([row])[0]})


def list_of(plural: str) -> type[ListView]:
    resource = RESOURCES[plural]
    shape = inline_serializer(
        f"{plural[0].upper()}{plural[1:]}", {resource.plural_key: resource.shape(many=True)}
    )
    shown = example(resource.singular, resource.plural_key)
    name = f"getAll_{plural}"
    return _described(ListView, resource, shape, [*PAGING, FIELDS], name, plural, shown)


def one_of(plural: str) -> type[OneView]:
    resource = RESOURCES[plural]
    shape = inline_serializer(
        f"Single{plural[0].upper()}{plural[1:]}", {resource.singular: resource.shape()}
    )
    title, shown = f"{plural}/{{sourcedId}}", example(resource.singular)
    return _described(OneView, resource, shape, [FIELDS], f"get_{plural}", title, shown)


def _described(
    base: Any, resource: Resource, shape: Any, parameters: list, operation: str, title: str,
    shown: OpenApiExample,
) -> Any:  # fmt: skip
    """Make one view class per resource, so that each appears in the description."""

    @extend_schema(
        operation_id=operation,
        tags=["OneRoster 1.2"],
        summary=title,
        description=_("As the standard says; only what is of the token's school."),
        parameters=parameters,
        responses=shape,
        examples=[shown],
    )
    def get(self: Any, request: Request, key: str = "") -> Response:
        return self.answer()

    scope = SCOPES.get(resource.plural, Scope.READ_ROSTER)
    made = {"resource": resource, "get": get, "scopes": {"GET": scope}}
    return type(base.__name__, (base,), made)
