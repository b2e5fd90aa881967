"""OneRoster 1.2, Rostering Service, as a provider from which consumers only read."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework.request import Request
from rest_framework.response import Response

from api.models import Scope
from api.oneroster.asked import Asked
from api.oneroster.examples import example
from api.oneroster.problems import BadQuery, answer
from api.oneroster.resources import RESOURCES, Resource, Rows
from api.oneroster.within import KEYS, Within
from api.parameters import ONCE, is_said_once
from api.views import ApiView
from core.requests import ROWS_MAX, key_of
from schools.roles import Permission

LIMIT, LIMIT_MOST = 100, 500  # rows in one answer: the standard's default, and our limit
SCOPES = {"teachers": Scope.READ_ADULTS}  # roster.read for all others
SERVED = {"limit", "offset", "fields"}
PAGING = [
    OpenApiParameter("limit", int, description=_("At most 500; 100 where it is left out")),
    OpenApiParameter("offset", int, description=_("How many to pass over")),
]
FIELDS = OpenApiParameter("fields", str, description=_("Names with commas between: only these"))


class RosterView(ApiView):
    people = (Permission.VIEW_OWN_CLASS, Permission.VIEW_ALL_CHILDREN)  # as for the child list
    resource: Resource

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return answer

    def check_parameters(self) -> None:
        """Raise BadQuery with the standard's codes. An empty `fields` names no existing field."""
        query: QueryDict = self.request.GET
        if set(query) - SERVED:
            raise BadQuery("invalid_filter_field" if "filter" in query else "invaliddata")
        for name in query:
            if not is_said_once(query, name):
                minor = "invalid_selection_field" if name == "fields" else "invaliddata"
                raise BadQuery(minor, ONCE)

    def asked(self) -> Asked:
        names_adults = self.caller.is_person or Scope.READ_ADULTS in self.token.scopes
        return Asked(self.caller, self.on, self.at, names_adults)

    def tell(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """Return what we send, and record it in the access log."""
        kept, asked = self._fields(), self.asked()
        self.note_read(sorted(self.children(rows)), "roster")
        told = [self.resource.told(row, asked) for row in rows]
        return [{key: one[key] for key in one if not kept or key in kept} for one in told]

    def children(self, rows: Sequence[Any]) -> set[int]:
        """Return keys of the children whose data we send."""
        return {child for row in rows for child in self.resource.children(row)}

    def _fields(self) -> set[str]:
        given = self.request.GET.get("fields")
        kept = {name.strip() for name in given.split(",")} if given else set()
        if kept - set(self.resource.shape().fields):
            raise BadQuery("invalid_selection_field")
        return kept


class ListView(RosterView):
    def rows(self) -> Rows:
        return self.resource.rows(self.asked())

    def answer(self) -> Response:
        rows = self.rows()
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


class WithinView(ListView):
    within: Within

    @cached_property
    def parents(self) -> list[tuple[Resource, Any]]:
        """Return the objects in the address; Http404 if the caller may not be told of one of them."""
        asked = self.asked()
        named = zip(self.within.parents, KEYS, strict=False)
        found = [
            (RESOURCES[plural], RESOURCES[plural].row_of(asked, self.kwargs[key]))
            for plural, key in named
        ]
        if any(row is None for _resource, row in found):
            raise Http404
        return found

    def rows(self) -> Rows:
        _resource, row = self.parents[-1]
        return self.within.rows(self.asked(), row)

    def children(self, rows: Sequence[Any]) -> set[int]:
        """Return the children. A pupil's class counts as data about that pupil too."""
        of_parents = {child for found, row in self.parents for child in found.children(row)}
        return super().children(rows) | of_parents


class OneView(RosterView):
    def answer(self) -> Response:
        row = self.resource.row_of(self.asked(), self.kwargs["key"])
        if row is None:
            raise Http404
        return Response({self.resource.singular: self.tell([row])[0]})


def list_of(plural: str) -> type[ListView]:
    resource = RESOURCES[plural]
    told = {
        "operation_id": f"getAll_{plural}",
        "summary": plural,
        "parameters": [*PAGING, FIELDS],
        "responses": _list_shape(plural),
        "examples": [example(plural, resource.singular, resource.plural_key)],
    }
    return _described(ListView, told, resource=resource, scopes={"GET": _scope_of(plural)})


def one_of(plural: str) -> type[OneView]:
    resource = RESOURCES[plural]
    shape = inline_serializer(
        f"Single{plural[0].upper()}{plural[1:]}", {resource.singular: resource.shape()}
    )
    told = {
        "operation_id": f"get_{plural}",
        "summary": f"{plural}/{{sourcedId}}",
        "parameters": [FIELDS],
        "responses": shape,
        "examples": [example(plural, resource.singular)],
    }
    return _described(OneView, told, resource=resource, scopes={"GET": _scope_of(plural)})


def list_within(within: Within) -> type[WithinView]:
    """Return a view. A token needs the scopes of the list and of every object in the address."""
    resource = RESOURCES[within.plural]
    names = "/".join(f"{plural}/{{sourcedId}}" for plural in within.parents)
    told = {
        "operation_id": f"get_{within.name}",
        "summary": f"{names}/{within.plural}",
        "parameters": [*PAGING, FIELDS],
        "responses": _list_shape(within.plural),
        "examples": [example(within.plural, resource.singular, resource.plural_key)],
    }
    wanted = sorted({_scope_of(one) for one in (*within.parents, within.plural)}, reverse=True)
    return _described(
        WithinView,
        told,
        resource=resource,
        within=within,
        scopes={"GET": wanted[0]},
        besides=tuple(wanted[1:]),
    )


def _scope_of(plural: str) -> str:
    return SCOPES.get(plural, Scope.READ_ROSTER)


@cache
def _list_shape(plural: str) -> Any:
    resource = RESOURCES[plural]
    name = f"{plural[0].upper()}{plural[1:]}"
    return inline_serializer(name, {resource.plural_key: resource.shape(many=True)})


def _described(base: Any, told: dict[str, Any], **made: Any) -> Any:
    """Make one view class per resource, so that each appears in the description."""

    @extend_schema(
        tags=["OneRoster 1.2"],
        description=_("As the standard says; only what is of the token's school."),
        **told,
    )
    def get(self: Any, request: Request, **_keys: str) -> Response:
        return self.answer()

    return type(base.__name__, (base,), made | {"get": get})
