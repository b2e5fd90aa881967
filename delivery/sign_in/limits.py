"""Limits on how often somebody may request a code or link, or guess at slips (accounts.rate_limits).

We count before we check whether the number is known: a refused person learns until when, and nothing about
the number. Wrong codes have no limit apart from each code's few tries: more guesses need more codes, and
those are counted here.
"""

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts import rate_limits
from core import client, clock

# For one number. Requests from elsewhere may be a nuisance: this leaves some for the owner.
TO_HERE = rate_limits.Limit("code to, here", most=5, minutes=60)
TO_NUMBER = rate_limits.Limit("code to", most=15, minutes=60)
# With five tries for each code: 150 guesses of a million a day for somebody who knows the number.
TO_NUMBER_A_DAY = rate_limits.Limit("code to, day", most=30, minutes=24 * 60)
# A whole village or factory may share one IP address. This only limits what a script can cost.
FROM_HERE = rate_limits.Limit("code from", most=600, minutes=60)
# 49 bits on a slip: at this rate, guessing one of a county's 100 000 slips takes sixty years.
SLIPS_FROM_HERE = rate_limits.Limit("slip from", most=2000, minutes=60)


def ask(request: HttpRequest, to: str) -> datetime | None:
    """Count one more message to `to`. Return a time if it may not be sent before then."""
    here = client.network(request)
    buckets = TO_HERE.of(to, here), TO_NUMBER.of(to), TO_NUMBER_A_DAY.of(to), FROM_HERE.of(here)
    return rate_limits.take(*buckets, at=clock.for_request(request))


def asked_too_often(free_at: datetime) -> str:
    words = _("Too many requests for a code. Try again at %(time)s, or ask the school.")
    return words % {"time": rate_limits.time_of(free_at)}


def slips_free_at(request: HttpRequest) -> datetime | None:
    bucket = SLIPS_FROM_HERE.of(client.network(request))
    return rate_limits.free_at(bucket, at=clock.for_request(request))


def note_wrong_slip(request: HttpRequest) -> None:
    bucket = SLIPS_FROM_HERE.of(client.network(request))
    rate_limits.take(bucket, at=clock.for_request(request))
