"""How often one token, or one person, may ask.

Counted in Redis, not with accounts.tries: nothing can be guessed here, and while Redis is away a system may
go on reading.
"""

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from api.models import ApiToken


class PerCaller(SimpleRateThrottle):
    rate = "300/min"  # a school of 2000 is read in 20 requests; so a nightly run of several is no trouble
    scope = "api"
    num_requests: int
    duration: int

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        if isinstance(request.auth, ApiToken):
            return f"api:{request.auth.pk}"
        return f"api:person:{request.user.pk}" if request.user.is_authenticated else None

    def write_into(self, response: HttpResponse) -> None:
        """How much is left, in the words of the IETF's draft on these headers."""
        history = getattr(self, "history", [])
        oldest = history[-1] if history else self.timer()
        response["RateLimit-Limit"] = str(self.num_requests)
        response["RateLimit-Remaining"] = str(max(0, self.num_requests - len(history)))
        response["RateLimit-Reset"] = str(max(0, round(oldest + self.duration - self.timer())))
