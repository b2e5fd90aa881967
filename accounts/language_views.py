from django.http import HttpRequest, HttpResponseBase
from django.views.i18n import set_language

from accounts.languages import keep_choice
from core import languages


def choose(request: HttpRequest) -> HttpResponseBase:
    """Show the pages of this browser in another language; for staff the choice is saved
    (`accounts.languages`).

    A family chooses the language of its messages on its own page "Me".
    """
    response, chosen = set_language(request), request.POST.get("language", "")
    if languages.is_known(chosen):
        languages.remember(response, chosen)
        keep_choice(request, response, chosen)
    return response
