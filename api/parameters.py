"""Refuse every parameter that an address does not know."""

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

ONCE = _("Give it once, with a value, or leave it out.")


class BadParameters(ParseError):
    """`errors` are pairs of (name of the parameter, text)."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__(_("A parameter is not accepted."))
        self.errors = errors


def only(request: Request, *names: str) -> None:
    """Raise BadParameters for any other parameter and for an empty or repeated one.

    Ignoring it would answer a different question.
    """
    given = request.GET
    errors = [
        (one, str(_("This address has no such parameter."))) for one in given if one not in names
    ]
    errors += [(one, str(ONCE)) for one in given if one in names and not is_said_once(given, one)]
    if errors:
        raise BadParameters(errors)


def is_said_once(given: QueryDict, name: str) -> bool:
    """Return whether the parameter is given once, with a value."""
    return bool(given[name]) and len(given.getlist(name)) == 1
