"""Queries whose SQL is always the same text: Django makes it once for each process, not for each page.

Building and compiling a queryset takes Django longer than PostgreSQL needs to answer it, 0.5 to 4 ms. For the
few that stand on nearly every page:

    @prepared
    def rows_of(*, student_ids, on):
        return Enrolment.objects.filter(holds_on(on), student_id__in=student_ids)

    rows_of(student_ids=[1, 2], on=today)  # a list of Enrolment

The function is called once, with places for its values; it may put them into filters and do nothing else with
them. What the queryset yields (objects, dicts, tuples) comes as a list. Not for querysets that look different
from case to case.
"""

from collections.abc import Callable, Collection, Mapping
from copy import copy
from functools import cached_property, lru_cache, wraps
from types import SimpleNamespace
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet, Value, prefetch_related_objects

NOBODY = (0,)  # keys begin at 1; SQL knows no empty list


class Place(Value):
    """Where a value of that name goes."""

    def as_sql(self, compiler, connection):
        return "%s", [self]


class _Statement:
    """One queryset with its SQL. Compiled by the first who asks; safe for many threads."""

    def __init__(self, queryset: QuerySet) -> None:
        # What is needed of it here, Django keeps to itself: tests/accounts/test_prepared.py holds it to that.
        self.queryset: Any = queryset

    @cached_property
    def compiled(self) -> tuple[Any, str, tuple]:
        compiler = self.queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        return compiler, sql, tuple(params)

    def rows(self, values: Mapping[str, Any]) -> list[Any]:
        """As the queryset would yield them: its own iterable runs, over SQL that is there already."""
        shared, sql, places = self.compiled
        compiler = copy(shared)
        compiler.connection = connections[DEFAULT_DB_ALIAS]
        filled = tuple(values[one.value] if isinstance(one, Place) else one for one in places)
        compiler.as_sql = lambda: (sql, filled)
        query = copy(self.queryset.query)
        query.get_compiler = lambda *args, **kwargs: compiler
        asked = SimpleNamespace(
            db=DEFAULT_DB_ALIAS,
            query=query,
            model=self.queryset.model,
            _fields=self.queryset._fields,
            _known_related_objects={},
        )
        rows = list(self.queryset._iterable_class(asked))
        prefetch_related_objects(rows, *self.queryset._prefetch_related_lookups)
        return rows


def prepared(build: Callable[..., QuerySet]) -> Callable[..., list[Any]]:
    """See above. Numbers (a limit, say) shape the text: each of a few gets its own."""

    @lru_cache(maxsize=8)
    def statement(names: tuple[str, ...], numbers: tuple[tuple[str, int], ...]) -> _Statement:
        return _Statement(build(**{name: Place(name) for name in names}, **dict(numbers)))

    @wraps(build)
    def rows(*, limit: int | None = None, **values: Any) -> list[Any]:
        numbers = () if limit is None else (("limit", limit),)
        asked = {name: _in_sql(value) for name, value in values.items()}
        return statement(tuple(sorted(asked)), numbers).rows(asked)

    return rows


def _in_sql(value: Any) -> Any:
    """A list of keys as the driver writes it behind IN."""
    if isinstance(value, Collection) and not isinstance(value, str | bytes):
        return tuple(value) or NOBODY
    return value
