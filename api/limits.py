"""Rate limits for a token and for a person.

Requests are counted in Redis in one step, so that the limit holds under concurrent requests.
accounts.rate_limits is not used: nothing can be guessed here, and while Redis is down a system may go on
reading.
"""

from math import ceil

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from api.models import ApiToken
from delivery.dispatch.redis_link import answer_of

# KEYS: the caller's latest requests, by time. ARGV: how many are allowed, within how many microseconds. The
# time is that of Redis, so it is the same for every web process. Returns 1 if the request is admitted, how
# many count now, and the microseconds until the oldest of them no longer does.
COUNT = """
local time = redis.call('TIME')
local now, most, span = time[1] * 1000000 + time[2], tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - span)
local count = redis.call('ZCARD', KEYS[1])
local is_let_in = count < most and 1 or 0
if is_let_in == 1 then
  redis.call('ZADD', KEYS[1], now, string.format('%.0f-%d', now, count))
  redis.call('PEXPIRE', KEYS[1], math.ceil(span / 1000))
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
return {is_let_in, count + is_let_in, (oldest or now) + span - now}
"""


class PerCaller(BaseThrottle):
    most = 300  # a school of 2000 is read in 20 requests, so a nightly run over several fits
    seconds = 60
    counted = 0
    until_next = 0.0  # seconds until the oldest request stops counting

    def allow_request(self, request: Request, view: APIView) -> bool:
        asking = request.auth.pk if isinstance(request.auth, ApiToken) else f"p{request.user.pk}"
        key, span = f"api:calls:{asking}", self.seconds * 1_000_000
        answer = answer_of(lambda redis: redis.eval(COUNT, 1, key, self.most, span))
        if answer is None:  # Redis is down
            return True
        is_let_in, self.counted, microseconds = answer
        self.until_next = microseconds / 1_000_000
        return bool(is_let_in)

    def wait(self) -> float:
        return self.until_next

    def write_into(self, response: HttpResponse) -> None:
        """Write the headers of the IETF draft that say how many requests are left."""
        response["RateLimit-Limit"] = str(self.most)
        response["RateLimit-Remaining"] = str(max(0, self.most - self.counted))
        response["RateLimit-Reset"] = str(ceil(self.until_next))
