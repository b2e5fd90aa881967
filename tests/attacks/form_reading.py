"""What a page reads of a request: which names it asks for, and the forms that ask.

The forms themselves say it while they are read, so that a field needs no entry in any list.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

from django import forms
from django.forms.forms import BaseForm
from django.http import HttpResponse
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
    is_refused: bool = False  # a form found something wrong


@contextmanager
def watched() -> Iterator[Callable[[Callable[[], HttpResponse]], Reading]]:
    """Inside, `read(ask)` sends one request and tells what was read of it."""
    asked: dict[int, set[str]] = {}
    bound: list[BaseForm] = []
    kept = {name: getattr(MultiValueDict, name) for name in ("get", "getlist", "__getitem__")}
    kept_clean = BaseForm.full_clean

    def noting(way: Callable) -> Callable:
        def note(self, key, *args, **kwargs):
            asked.setdefault(id(self), set()).add(key)
            return way(self, key, *args, **kwargs)

        return note

    def contains(self, key) -> bool:
        asked.setdefault(id(self), set()).add(key)
        return dict.__contains__(self, key)

    def full_clean(self) -> None:
        bound.append(self)
        kept_clean(self)

    def read(ask: Callable[[], Any]) -> Reading:
        asked.clear()
        bound.clear()
        response = ask()
        request = response.wsgi_request
        found = Reading(response)
        for target, read_from in (
            (found.form, getattr(request, "_post", None)),
            (found.files, getattr(request, "_files", None)),
            (found.query, request.__dict__.get("GET")),
        ):
            target |= (
                asked.get(id(read_from), set()) - {FROM_BROWSERS}
                if read_from is not None
                else set()
            )
        for form in bound:
            found.is_refused |= bool(form.is_bound and form.errors)
            for name, one in form.fields.items():
                initial = form.get_initial_for_field(one, name)
                found.fields[form.add_prefix(name)] = (one, initial)
        return found

    for name, way in kept.items():
        setattr(MultiValueDict, name, noting(way))
    MultiValueDict.__contains__ = contains  # type: ignore[method-assign]
    BaseForm.full_clean = full_clean  # type: ignore[method-assign]
    try:
        yield read
    finally:
        for name, way in kept.items():
            setattr(MultiValueDict, name, way)
        del MultiValueDict.__contains__
        BaseForm.full_clean = kept_clean  # type: ignore[method-assign]


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
