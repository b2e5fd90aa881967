from django.http import HttpRequest, HttpResponseBase
from django.views.i18n import set_language

from accounts.languages import keep_choice
from core import languages


def choose(request: HttpRequest) -> HttpResponseBase:
    """Show the pages of this browser in another language; a member of staff keeps it (`accounts.languages`).

    A family chooses on its own pages, and on "Me" for what it is sent.
    """
    response, chosen = set_language(request), request.POST.get("language", "")
    if languages.is_known(chosen):
        languages.remember(response, chosen)
        keep_choice(request, response, chosen)
    return response
