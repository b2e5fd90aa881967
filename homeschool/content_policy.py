"""The header that tells a browser what a page may load, put together once for each process (django-csp)."""

from functools import cache

from csp import middleware
from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

_policy = cache(build_policy)


class CSPMiddleware(middleware.CSPMiddleware):
    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """The library's own where a page has a nonce, or a view said something else of its page."""
        says_more = "_csp_nonce" in vars(request) or any(
            name.startswith("_csp_") for name in vars(response)
        )
        # With DEBUG, the error page has its own styles.
        if says_more or HEADER in response or settings.DEBUG:
            return super().process_response(request, response)
        response[HEADER] = _policy()
        # A nonce that is taken from here on would be missing in the header.
        late = middleware.CheckableLazyObject(self._csp_nonce_post_response)
        setattr(request, "csp_nonce", late)  # noqa: B010 (no attribute of Django's)
        return response
