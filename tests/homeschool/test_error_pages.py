"""Pages of errors lead back to the door at which somebody stands: no family is sent to the staff's."""

import pytest
from django.test import Client, RequestFactory
from django.views.defaults import permission_denied

from homeschool import views

pytestmark = pytest.mark.django_db
DOORS = [("/f/sign-in/", "/f/"), ("/p/", "/p/"), ("/v/sign-in/", "/v/"), ("/accounts/login/", "/")]


def leads_to(page: bytes, start: str) -> bool:
    return f'class="btn btn-line" href="{start}"' in page.decode()


@pytest.mark.parametrize(("path", "start"), DOORS)
def test_a_form_that_stood_open_too_long(path, start):
    answer = Client(enforce_csrf_checks=True).post(path)
    assert answer.status_code == 403
    assert leads_to(answer.content, start)


@pytest.mark.parametrize(("path", "start"), DOORS)
def test_a_page_that_broke(path, start):
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        answer = views.broken(RequestFactory().get(path))
    assert answer.status_code == 500
    assert leads_to(answer.content, start)


@pytest.mark.parametrize(("path", "start"), DOORS)
def test_a_request_that_cannot_be_kept(path, start):
    answer = Client().post(path, {"words": "a\0b"})
    assert answer.status_code == 400
    assert leads_to(answer.content, start)


def test_what_is_not_open_to_somebody(rf):
    answer = permission_denied(rf.get("/f/children/1/"), PermissionError())
    assert leads_to(answer.content, "/f/")
