"""How often a code or link may be asked for, and slips guessed at (accounts.tries).

Counted before anybody looks whether the number is known: whoever is refused learns until when, and nothing
about the number. Wrong codes have no limit of their own beside each code's few tries: more guesses need more
codes, and these are counted here.
"""

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts import tries
from core import client, clock

# For one number. Asked for from elsewhere it may be somebody else who pesters: that leaves the owner some.
TO_HERE = tries.Limit("code to, here", most=5, minutes=60)
TO_NUMBER = tries.Limit("code to", most=15, minutes=60)
# With five tries at each code: 150 guesses of a million a day for somebody who knows the number.
TO_NUMBER_A_DAY = tries.Limit("code to, day", most=30, minutes=24 * 60)
# A whole village or factory is behind one address of its provider; this only bounds what a script costs.
FROM_HERE = tries.Limit("code from", most=600, minutes=60)
# 49 bits on a slip: guessed at this pace one of a county's 100 000 slips is found in sixty years.
SLIPS_FROM_HERE = tries.Limit("slip from", most=2000, minutes=60)


def ask(request: HttpRequest, to: str) -> datetime | None:
    """One more message to `to`; an instant where it may not be sent before then."""
    here = client.network(request)
    buckets = TO_HERE.of(to, here), TO_NUMBER.of(to), TO_NUMBER_A_DAY.of(to), FROM_HERE.of(here)
    return tries.take(*buckets, at=clock.for_request(request))


def asked_too_often(free_at: datetime) -> str:
    words = _("Too many codes were asked for. Ask again at %(time)s, or ask the school.")
    return words % {"time": tries.time_of(free_at)}


def slips_free_at(request: HttpRequest) -> datetime | None:
    bucket = SLIPS_FROM_HERE.of(client.network(request))
    return tries.free_at(bucket, at=clock.for_request(request))


def note_wrong_slip(request: HttpRequest) -> None:
    bucket = SLIPS_FROM_HERE.of(client.network(request))
    tries.take(bucket, at=clock.for_request(request))
