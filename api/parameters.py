"""Refuse every parameter that an address does not know."""

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

ONCE = _("Give it once, with a value, or leave it out.")


class BadParameters(ParseError):
    """`errors`: (name of the parameter, words)."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__(_("A parameter is not accepted."))
        self.errors = errors


def only(request: Request, *names: str) -> None:
    """Raises BadParameters for any other, an empty or a repeated one: passing over it would answer another
    question than was asked.
    """
    given = request.GET
    errors = [
        (one, str(_("This address has no such parameter."))) for one in given if one not in names
    ]
    errors += [(one, str(ONCE)) for one in given if one in names and not is_said_once(given, one)]
    if errors:
        raise BadParameters(errors)


def is_said_once(given: QueryDict, name: str) -> bool:
    """Whether the parameter appears once and has a value."""
    return bool(given[name]) and len(given.getlist(name)) == 1
