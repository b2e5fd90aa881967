"""A page asks once for what its parts share, and a page that writes asks each time."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from core.per_page import middleware, once


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


def test_nothing_is_kept_after_a_page_that_failed():
    def fails(request):
        once("posts", lambda: 1)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        middleware(fails)(RequestFactory().get("/"))
    assert once("posts", lambda: 2) == 2
    assert once("posts", lambda: 3) == 3
