"""The token in forms: one for all forms of a page, good for Django's check, no cookie without a form."""

import re

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.template import engines
from django.test import RequestFactory

FORM = "{% csrf_token %}"


def asked() -> tuple[HttpResponse, str]:
    return answer(FORM + FORM + "{{ csrf_token }}")


def answer(template: str) -> tuple[HttpResponse, str]:
    def view(request):
        made = engines["django"].from_string(template)
        return HttpResponse(made.render({}, request))

    response = CsrfViewMiddleware(view)(RequestFactory().get("/"))
    return response, response.content.decode()


def test_all_forms_of_a_page_have_one_token():
    _response, page = asked()
    tokens = set(re.findall(r"[A-Za-z0-9]{64}", page))
    assert len(tokens) == 1
    assert page.count('<input type="hidden" name="csrfmiddlewaretoken" value="') == 2
    assert page.endswith(tokens.pop())


def test_it_is_masked_anew_for_each_page_and_lets_the_form_in():
    response, page = asked()
    secret = response.cookies[settings.CSRF_COOKIE_NAME].value
    token = page[-64:]
    assert secret not in page

    for given, status in ((token, 200), (token[::-1], 403), ("", 403)):
        post = RequestFactory().post("/", {"csrfmiddlewaretoken": given})
        post.COOKIES[settings.CSRF_COOKIE_NAME] = secret
        middleware = CsrfViewMiddleware(lambda request: HttpResponse())
        middleware.process_request(post)
        refused = middleware.process_view(post, lambda request: HttpResponse(), (), {})
        assert (refused.status_code if refused else 200) == status


@pytest.mark.parametrize("page", ["words", "{% if csrf_token %}words{% endif %}"])
def test_a_page_without_a_form_sets_no_cookie(page):
    response, shown = answer(page)
    assert shown == "words"
    assert settings.CSRF_COOKIE_NAME not in response.cookies


def test_signing_in_changes_it():
    """Whoever signs in has a new secret: a page made in the same request carries that one."""
    from django.middleware.csrf import rotate_token

    def view(request):
        old = engines["django"].from_string("{{ csrf_token }}").render({}, request)
        rotate_token(request)
        new = engines["django"].from_string("{{ csrf_token }}").render({}, request)
        return HttpResponse(f"{old} {new}")

    response = CsrfViewMiddleware(view)(RequestFactory().get("/"))
    new = response.content.decode().split()[1]
    post = RequestFactory().post("/", {"csrfmiddlewaretoken": new})
    post.COOKIES[settings.CSRF_COOKIE_NAME] = response.cookies[settings.CSRF_COOKIE_NAME].value
    middleware = CsrfViewMiddleware(lambda request: HttpResponse())
    middleware.process_request(post)
    assert middleware.process_view(post, lambda request: HttpResponse(), (), {}) is None
