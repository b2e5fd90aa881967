"""Types of requests of families; at run time they are Django's own."""

from typing import cast

from django.http import HttpRequest

from accounts.models import User
from guardians.models import Adult


class AdultRequest(HttpRequest):
    """A request to a page for one adult, who came by a link or signed in."""

    family_adult: Adult


def page_for(request: HttpRequest, adult: Adult) -> AdultRequest:
    """Remember whose page this is, as soon as it is known."""
    of_adult = cast(AdultRequest, request)
    of_adult.family_adult = adult
    return of_adult


class FamilyDoorRequest(AdultRequest):
    """A request to a view behind `family_page`: the adults of one phone number, never none."""

    user: User
    adults: list[Adult]
