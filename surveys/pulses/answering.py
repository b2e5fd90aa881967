"""One question of a pulse on a page: the same at the pupil's door and at a carer's, without script."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from schools.policies import today_in
from surveys import asking
from surveys.forms import AnswerForm
from surveys.models import Pulse
from surveys.pulses import actions, presenters, queries, rules
from surveys.pulses.queries import Person


def asked(
    request: HttpRequest, of: Person, at: datetime, *, page: str, done: str, home: str
) -> HttpResponse | dict[str, Any]:
    """Save the tap of a POST and redirect; else return the page's context, with its `status`.

    Opening the page records nothing. `page`: URL name of the page; `done`, `home`: where to go at the end,
    and without an answer.
    """
    error = ""
    if request.method == "POST":
        tap = asking.tap_of(AnswerForm(request.POST))
        try:
            if "leave_out" in request.POST:
                actions.leave_out(of=of, at=at)
                return redirect(home)
            if tap is None:
                raise actions.Refused("no_such_answer")
            pulse = actions.answer(of=of, item=tap.item, option=tap.option, at=at)
        except actions.Refused as refused:
            if str(refused) != "no_such_answer":
                return redirect(done)
            error = _("Please tap one answer.")
        else:
            following = next(iter(queries.items_open(pulse)), None)
            return redirect(address(page, following.id) if following else done)
    known = queries.of_this_week(of, today_in(of.school, at))
    if not queries.is_answerable(of, known, at):
        return redirect(done)
    edition = known.edition if known else queries.edition_for(of)
    wanted = (request.POST if error else request.GET).get("item", "")
    context = presenters.question(edition, known, wanted, lambda item: address(page, item))
    return context | {"error": error, "post_url": reverse(page), "status": 422 if error else 200}


def address(page: str, item: str) -> str:
    return f"{reverse(page)}?{urlencode({'item': item})}"


def change_url(page: str, known: Pulse | None, at: datetime) -> str:
    """Return where a slip can still be corrected; "" once it cannot."""
    if known is None or not rules.may_change(known.finished_at, at):
        return ""
    return address(page, known.edition.instrument.items[0].id)
