"""Parameters of an address: whatever it does not know is refused."""

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.request import Request


class BadParameters(ParseError):
    """`errors`: (name of the parameter, words)."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__(_("A parameter cannot be answered to."))
        self.errors = errors


def only(request: Request, *names: str) -> None:
    """Raises BadParameters for any other, an empty or a repeated one: passing over it would answer another
    question than was asked.
    """
    given = request.GET
    errors = [
        (one, str(_("This address has no such parameter."))) for one in given if one not in names
    ]
    for name in given:
        if name in names and (not given[name] or len(given.getlist(name)) > 1):
            errors.append((name, str(_("Say it once, with a value, or leave it out."))))
    if errors:
        raise BadParameters(errors)
