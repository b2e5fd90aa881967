from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest, HttpResponseBase
from django.views.i18n import set_language

from accounts.actions import choose_language
from core import languages


def choose(request: HttpRequest) -> HttpResponseBase:
    """Show the pages of this browser in another language; a member of staff who is signed in keeps it.

    A family chooses on its own pages, and on "Me" for what it is sent.
    """
    response, chosen = set_language(request), request.POST.get("language", "")
    if languages.is_known(chosen):
        languages.remember(response, chosen)
        if request.user.is_authenticated and get_authentication_records(request, request.user):
            choose_language(user=request.user, language=chosen)
    return response
