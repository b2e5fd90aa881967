"""A part of a plan: open it on its day, or drop it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from surveys import actions, policies, wording
from surveys.plans import actions as plan_actions

runs = staff_required(Permission.RUN_SURVEYS)


@runs
@require_POST
def open_part(request: SchoolRequest, pk: int) -> HttpResponse:
    part = policies.get_planned_for(request.user, pk, request.viewer.on)
    try:
        opened = plan_actions.open_planned(part=part, by=request.user, at=request.viewer.at)
    except actions.Outdated:
        messages.error(request, wording.bring_the_words_again())
    except actions.NobodyToAsk:
        messages.error(request, wording.nobody_to_ask())
    except actions.TooLarge as refused:
        messages.error(request, wording.too_large_now(refused.load))
    except actions.AskedLately as refused:
        messages.error(request, wording.asked_lately_now(refused.lately, refused.instrument))
    except actions.Refused:
        messages.error(
            request,
            _("This part cannot be opened: its day has not come, or its questions are gone."),
        )
    else:
        return redirect("surveys:round", opened.pk)
    return redirect("surveys:list")


@runs
@require_POST
def drop(request: SchoolRequest, pk: int) -> HttpResponse:
    part = policies.get_planned_for(request.user, pk, request.viewer.on)
    plan_actions.drop_planned(part=part, by=request.user, at=request.viewer.at)
    messages.success(request, _("Dropped. Nobody is reminded of it any more."))
    return redirect("surveys:list")
