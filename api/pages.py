"""A long list, page by page: each answer says where the next page is."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from core.requests import key_of

PAGE = 100
CURSOR = OpenApiParameter("cursor", str, description=_("From `next` of the page before"))


class Pages(CursorPagination):
    """Each page begins behind the last row of the one before, so a page costs the same wherever it is, and
    a row that comes or goes meanwhile moves none of the others. Newest first.
    """

    page_size = PAGE
    ordering = "-pk"

    def decode_cursor(self, request: Request) -> Any:
        """Raises NotFound for one that names no row that can be: it is somebody's own making."""
        found = super().decode_cursor(request)
        if found and found.position is not None and key_of(str(found.position)) is None:
            raise NotFound(self.invalid_cursor_message)
        return found


class PageOut(serializers.Serializer):
    next = serializers.CharField(
        allow_null=True, help_text=_("Address of the next page; null: this is the last")
    )


def only(request: Request, *names: str) -> None:
    """Raises ParseError for any other parameter: passing over one would answer another question than was
    asked.
    """
    if set(request.GET) - set(names):
        raise ParseError(_("This address has no such parameter."))


def page_of(
    rows: QuerySet, request: Request, told: Callable[[list[Any]], list[Any]]
) -> dict[str, Any]:
    """{"rows", "next"}; a cursor that is none of ours raises 404."""
    only(request, Pages.cursor_query_param)
    pages = Pages()
    found = pages.paginate_queryset(rows, request)
    return {"rows": told(list(found or [])), "next": pages.get_next_link()}
