"""The page that shows somebody who signed in again what they had posted before (accounts.held)."""

import re

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render

from accounts import held

WRITTEN = re.compile("word|what|text|note|reason")  # names of fields that hold sentences


class SentOn(HttpResponseRedirect):
    """A redirect that makes the browser post the same body again (307: RFC 9110, 15.4.8)."""

    status_code = 307


def page(request: HttpRequest, template: str, home: str) -> HttpResponse:
    """Show the saved form first. The person's own tap then sends it, once, and its own page validates it."""
    found = held.held_for(request)
    if found is None:
        return redirect(home)
    if request.method == "POST":
        held.drop(request)
        return redirect(home) if "drop" in request.POST else SentOn(found.path)
    words = [value for name, value in found.fields if WRITTEN.search(name) and value.strip()]
    return render(request, template, {"held": found, "words": words})
