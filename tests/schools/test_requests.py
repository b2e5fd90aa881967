"""A view that counts on a school in its request is opened by posts at schools only."""

import inspect
from collections.abc import Callable, Iterator
from types import FunctionType

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from schools.requests import SchoolRequest
from schools.roles import COUNTY_ROLES, Permission, roles_with


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry)
        else:
            yield entry


def layers(view: Callable, seen: set[int]) -> Iterator[FunctionType]:
    """A view, and each function that its decorators keep around it."""
    if not isinstance(view, FunctionType) or id(view) in seen:
        return
    seen.add(id(view))
    yield view
    for cell in view.__closure__ or ():
        yield from layers(cell.cell_contents, seen)


def permissions_of(view: Callable) -> set[Permission]:
    """What `staff_required` lets open the view; empty if any post opens it, or none is needed."""
    return {
        permission
        for layer in layers(view, set())
        for permission in inspect.getclosurevars(layer).nonlocals.get("permissions", ())
    }


def wants_a_school(view: Callable) -> bool:
    return inspect.unwrap(view).__annotations__.get("request") is SchoolRequest


VIEWS = {
    f"{view.__module__}.{view.__qualname__}": view
    for view in (entry.callback for entry in patterns(get_resolver()))
    if wants_a_school(view)
}


def test_there_are_such_views():
    assert len(VIEWS) > 200


@pytest.mark.parametrize("name", VIEWS)
def test_no_post_of_a_county_opens_it(name):
    permissions = permissions_of(VIEWS[name])
    assert permissions
    county = {one for one in permissions if set(roles_with(one)) & set(COUNTY_ROLES)}
    assert not county
