"""A page asks once for what its parts share, and a page that writes asks each time."""

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import path

from core.per_page import middleware, once
from core.prepared import prepared
from students.models import Student


@pytest.fixture
def asked():
    """How often something was read, and a page whose two parts ask for it."""
    reads = []

    def page(request):
        parts = [once("posts", lambda: reads.append(1) or len(reads)) for _ in range(2)]
        return HttpResponse(str(parts))

    return reads, middleware(page)


def test_two_parts_of_a_page_read_once(asked):
    reads, page = asked
    assert page(RequestFactory().get("/")).content == b"[1, 1]"
    assert len(reads) == 1


def test_the_next_page_reads_afresh(asked):
    _, page = asked
    page(RequestFactory().get("/"))
    assert page(RequestFactory().get("/")).content == b"[2, 2]"


def test_what_may_write_reads_each_time(asked):
    _, page = asked
    assert page(RequestFactory().post("/")).content == b"[1, 2]"


@prepared
def _names(*, student_ids):
    return Student.objects.filter(pk__in=student_ids).order_by("pk").values_list("name", flat=True)


def test_the_same_prepared_query_is_asked_once_until_something_is_written(cast):
    child = cast.students["mengyao"]
    found = []

    def page(request):
        found.extend(_names(student_ids=[child.pk]) for _part in range(2))
        Student.objects.filter(pk=child.pk).update(name="别名")
        found.append(_names(student_ids=[child.pk]))
        return HttpResponse()

    with CaptureQueriesContext(connection) as sent:
        middleware(page)(RequestFactory().get("/"))
    assert found == [["徐梦瑶"], ["徐梦瑶"], ["别名"]]
    asked = [one["sql"] for one in sent.captured_queries]
    assert len([sql for sql in asked if sql.startswith("EXECUTE")]) == 2


def reads_and_writes(request):
    """Renames the child twice; answers the names that it read before and after."""
    (child,) = Student.objects.filter(name="徐梦瑶")
    found = []
    for name in ("别名", "徐梦瑶"):
        found += _names(student_ids=[child.pk])
        Student.objects.filter(pk=child.pk).update(name=name)
    return HttpResponse(",".join([*found, *_names(student_ids=[child.pk])]))


urlpatterns = [path("", reads_and_writes)]


@pytest.mark.urls(__name__)
def test_a_page_that_writes_reads_again_whatever_stands_around_it(cast, client):
    """The history of rows puts a SELECT before each statement that writes."""
    client.force_login(cast.users["teacher"])
    assert client.get("/").content.decode() == "徐梦瑶,别名,徐梦瑶"


def test_of_a_list_that_is_kept_each_part_has_its_own(cast):
    def page(request):
        _names(student_ids=[cast.students["mengyao"].pk]).clear()
        assert _names(student_ids=[cast.students["mengyao"].pk])
        return HttpResponse()

    middleware(page)(RequestFactory().get("/"))


def test_nothing_is_kept_after_a_page_that_failed():
    def fails(request):
        once("posts", lambda: 1)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        middleware(fails)(RequestFactory().get("/"))
    assert once("posts", lambda: 2) == 2
    assert once("posts", lambda: 3) == 3
