"""A page that reads has the instant of its session, without a statement; a post has one of its own."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import NOW_SQL


@pytest.fixture
def teacher(cast, client):
    client.force_login(cast.users["teacher"], "django.contrib.auth.backends.ModelBackend")
    return client


def instants(ask, *args):
    """Of the request, of its session, and how often the clock alone was asked."""
    with CaptureQueriesContext(connection) as asked:
        request = ask(*args).wsgi_request
    of_clock = [one["sql"] for one in asked].count(f"SELECT {NOW_SQL}")
    return request._at, request.session.read_at, of_clock


def test_a_page_that_reads_has_the_instant_of_its_session(teacher):
    of_page, of_session, of_clock = instants(teacher.get, reverse("staff:children"))
    assert of_page is of_session
    assert of_clock == 0


def test_what_is_posted_has_an_instant_of_its_own(teacher):
    of_post, of_session, of_clock = instants(
        teacher.post, reverse("set_language"), {"language": "en"}
    )
    assert of_post is not of_session
    assert of_clock == 1
