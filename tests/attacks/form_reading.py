"""What a page reads of a request: which names it asks for, and the forms that ask.

The forms themselves say it while they are read, so that a field needs no entry in any list.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

from django import forms
from django.forms.forms import BaseForm
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

FROM_BROWSERS = "csrfmiddlewaretoken"


class OnPage(HTMLParser):
    """`values`: {name of a field: its values on the page, what it holds first}; `files`: names of uploads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.files: set[str] = set()
        self._select = self._area = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        value = given.get("value") or ""
        if tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            self._add(self._select, value, is_first="selected" in given)
        elif tag == "textarea" and name:
            self._area = name
            self._add(name, "")
        elif tag == "input" and given.get("type") == "file":
            self.files.add(name)
        elif tag in ("input", "button") and name:
            self._add(name, value, is_first="checked" in given)

    def handle_data(self, data: str) -> None:
        if self._area and data.strip():
            self._add(self._area, data.strip(), is_first=True)

    def handle_endtag(self, tag: str) -> None:
        self._select = "" if tag == "select" else self._select
        self._area = "" if tag == "textarea" else self._area

    def _add(self, name: str, value: str, *, is_first: bool = False) -> None:
        known = self.values.setdefault(name, [])
        if value in known:
            known.remove(value)
        known.insert(0 if is_first else len(known), value)


@dataclass
class Reading:
    """Of one request: names asked of its form, of its files and of its query; the fields of forms by name."""

    response: Any = None
    form: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    query: set[str] = field(default_factory=set)
    fields: dict[str, tuple[forms.Field, Any]] = field(default_factory=dict)


class Watch:
    """While it is on, `read(ask)` sends one request and tells what was read of it."""

    WAYS = ("get", "getlist", "__getitem__")

    def __init__(self) -> None:
        self.asked: dict[int, set[str]] = {}
        self.bound: list[BaseForm] = []

    def __enter__(self) -> "Watch":
        self._ways = {name: getattr(MultiValueDict, name) for name in self.WAYS}
        self._full_clean = BaseForm.full_clean
        for name, way in self._ways.items():
            setattr(MultiValueDict, name, self._noting(way))
        MultiValueDict.__contains__ = self._noting(dict.__contains__)  # type: ignore[method-assign]

        def full_clean(form: BaseForm) -> None:
            self.bound.append(form)
            self._full_clean(form)

        BaseForm.full_clean = full_clean  # type: ignore[method-assign]
        return self

    def __exit__(self, *_error: object) -> None:
        for name, way in self._ways.items():
            setattr(MultiValueDict, name, way)
        del MultiValueDict.__contains__
        BaseForm.full_clean = self._full_clean  # type: ignore[method-assign]

    def _noting(self, way: Callable) -> Callable:
        def note(given: MultiValueDict, key: str, *args: Any, **kwargs: Any) -> Any:
            self.asked.setdefault(id(given), set()).add(key)
            return way(given, key, *args, **kwargs)

        return note

    def read(self, ask: Callable[[], Any]) -> Reading:
        self.asked.clear()
        self.bound.clear()
        response = ask()
        request = response.wsgi_request
        found = Reading(response)
        found.form |= self._names_in(getattr(request, "_post", None))
        found.files |= self._names_in(getattr(request, "_files", None))
        found.query |= self._names_in(request.__dict__.get("GET"))
        for form in self.bound:
            for name, one in form.fields.items():
                initial = form.get_initial_for_field(one, name)
                found.fields[form.add_prefix(name)] = (one, initial)
        return found

    def _names_in(self, given: MultiValueDict | None) -> set[str]:
        return self.asked.get(id(given), set()) - {FROM_BROWSERS} if given is not None else set()


def plausible(one: forms.Field, initial: Any) -> list[str]:
    """What somebody could mean to write there."""
    if isinstance(initial, list | tuple | set) and initial:
        return [_written(value) for value in initial]
    if initial not in (None, "", [], ()) and not isinstance(one, forms.BooleanField):
        return [_written(initial)]
    if isinstance(one, forms.ModelChoiceField):
        return [str(row.pk) for row in one.queryset[:1]] if one.queryset is not None else []
    if isinstance(one, forms.ChoiceField):
        return [value for value in _choices(one.choices) if value][:1]
    for kind, value in _BY_KIND:
        if isinstance(one, kind):
            return [value(one)]
    return ["好"]


def _written(value: Any) -> str:
    if isinstance(value, datetime):
        return (
            timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")
            if value.tzinfo
            else value.isoformat()[:16]
        )
    if isinstance(value, date | time):
        return value.isoformat()
    return str(getattr(value, "pk", value))


def _choices(choices: Any) -> Iterator[str]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from _choices(label)
        else:
            yield str(value)


_BY_KIND: list[tuple[type, Callable[[Any], str]]] = [
    (forms.BooleanField, lambda one: "on"),
    (forms.UUIDField, lambda one: str(uuid4())),
    (forms.DateTimeField, lambda one: timezone.localtime().strftime("%Y-%m-%dT%H:%M")),
    (forms.DateField, lambda one: timezone.localdate().isoformat()),
    (forms.TimeField, lambda one: "08:00"),
    (forms.IntegerField, lambda one: str(one.min_value or 1)),
    (forms.EmailField, lambda one: "a@example.org"),
    (forms.URLField, lambda one: "https://example.org/"),
]
