"""A long list in pages, each of which gives the address of the next; and filters for its rows."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, FilterSet, IsoDateTimeFilter
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from api.parameters import BadParameters, only
from api.views import WITH_ZONE, ApiView
from core.requests import key_of

PAGE = 100
CURSOR = OpenApiParameter("cursor", str, description=_("From `next` of the page before"))


class Pages(CursorPagination):
    """Each page begins after the last row of the one before, newest first.

    A page therefore costs the same anywhere in the list, and rows that are added or deleted in the meantime
    do not shift the others.
    """

    page_size = PAGE
    ordering = "-pk"

    def decode_cursor(self, request: Request) -> Any:
        """Raise NotFound for a cursor that cannot belong to any row, because somebody made it up."""
        found = super().decode_cursor(request)
        if found and found.position is not None and key_of(str(found.position)) is None:
            raise NotFound(self.invalid_cursor_message)
        return found


class PageOut(serializers.Serializer):
    next = serializers.CharField(
        allow_null=True, help_text=_("Address of the next page; null: this is the last")
    )


class MomentField(forms.Field):
    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            found = parse_datetime(value)
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            raise forms.ValidationError(WITH_ZONE)
        return found


class MomentFilter(IsoDateTimeFilter):
    """A moment. A time without a zone is ambiguous and refused."""

    field_class = MomentField


class KeyField(forms.Field):
    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        found = key_of(value)
        if found is None:
            raise forms.ValidationError(_("This is not a number that we issued."))
        return found


class KeyFilter(CharFilter):
    """The number of a row, as in the answers."""

    field_class = KeyField


class Filters(FilterSet):
    """The part of a list that a request wants. `on` is today at the school."""

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on


class PagedView(ApiView):
    """A list in pages; each parameter of `filterset_class` narrows it down."""

    filter_backends = [DjangoFilterBackend]
    queryset: QuerySet[Any]  # empty: only tells the description which model it is
    filterset_class: type[Filters]

    def check_parameters(self) -> None:
        only(self.request, Pages.cursor_query_param, *self.filterset_class.base_filters)

    def page_of(
        self, rows: QuerySet[Any], told: Callable[[list[Any]], list[Any]]
    ) -> dict[str, Any]:
        """Return {"rows", "next"}; 404 for a cursor that is not ours."""
        asked = self.filterset_class(self.request.GET, queryset=rows, on=self.on)
        if not asked.is_valid():
            raise BadParameters([(name, words) for name, (words, *_) in asked.errors.items()])
        pages = Pages()
        found: list[Any] | None = pages.paginate_queryset(asked.qs, self.request)
        return {"rows": told(found or []), "next": pages.get_next_link()}
