"""The policy for browsers that is kept says what django-csp would say, and never of a page that says more."""

import pytest
from csp import middleware
from csp.constants import HEADER
from csp.decorators import csp_update
from csp.exceptions import CSPNonceError
from django.http import HttpResponse
from django.test import RequestFactory

from homeschool.content_policy import CSPMiddleware


def policy(kind, view) -> set[str]:
    answer = kind(view)(RequestFactory().get("/"))
    return {part.strip() for part in answer[HEADER].split(";")}


def plain(request):
    return HttpResponse()


def with_nonce(request):
    str(request.csp_nonce)
    return HttpResponse()


with_more = csp_update({"img-src": "https://pictures.example"})(plain)


def test_it_is_the_librarys(settings):
    assert policy(CSPMiddleware, plain) == policy(middleware.CSPMiddleware, plain)
    assert policy(CSPMiddleware, with_more) == policy(middleware.CSPMiddleware, with_more)
    assert "script-src 'self'" in policy(CSPMiddleware, plain)


def test_a_nonce_is_of_one_page_alone():
    nonces = [
        {part for part in policy(CSPMiddleware, with_nonce) if "'nonce-" in part} for _ in range(2)
    ]
    assert all(nonces)
    assert nonces[0] != nonces[1]
    assert not [part for part in policy(CSPMiddleware, plain) if "nonce" in part]


def test_a_nonce_that_comes_too_late_is_refused():
    request = RequestFactory().get("/")
    CSPMiddleware(plain)(request)
    with pytest.raises(CSPNonceError):
        str(request.csp_nonce)
