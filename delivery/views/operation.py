"""The state of sending at the viewer's school, and what only a person can settle."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from delivery import actions, policies, queries
from delivery.models import ChannelAccount
from delivery.presenters import channels as channel_words
from delivery.presenters import operation as presenters
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission

watches = staff_required(Permission.STOP_SENDING)


@require_safe
@watches
def operation(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    school, at = viewer.school, viewer.at
    outbox = queries.outbox_of(school, at)
    accounts = ChannelAccount.objects.filter(school=school)
    accounts = accounts.select_related("health", "school", "of_county")
    groups = channel_words.groups(accounts, school, at)
    context = {
        "settings_tab": "delivery:operation" if viewer.can(Permission.EDIT_SCHOOL) else "",
        "may_edit": viewer.can(Permission.EDIT_SCHOOL),
        "restored": presenters.restored(queries.lately_restored(at), school, at),
        "waits_after_restore": queries.waits_after_restore(school),
        "figures": presenters.figures(outbox, school, at),
        "failed": presenters.failed_rows(outbox),
        "unknown": presenters.unknown_rows(queries.unknown_messages(school), school, at),
        "more_unknown": presenters.more_unknown(outbox),
        "settled": presenters.settled_rows(queries.recent_settlements(school, at), school, at),
        "providers": [row for group in groups for row in group["rows"]],
        "demo_phone": next((group["demo"] for group in groups if group["demo"]), None),
        "is_stopped": queries.sending_is_stopped(school),
        "is_stopped_here": school.sending_stopped_at is not None,
        "is_held_up": school.pk in queries.held_up_schools(at),
    }
    return render(request, "delivery/operation.html", context)


@require_POST
@watches
def settle(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    message = policies.get_unknown_message_for(viewer.user, pk, viewer.on)
    said = request.POST.get("arrived")
    if said not in ("yes", "no", "drop"):
        messages.error(request, _("Please say whether it arrived."))
        return redirect("delivery:operation")
    settlement = actions.settle_unknown(
        message=message,
        has_arrived=said == "yes",
        goes_again=said == "no",
        by=viewer.user,
        at=viewer.at,
    )
    if settlement is None:
        messages.error(request, _("This message has been settled already."))
    else:
        undo_url = reverse("delivery:unsettle", args=[settlement.pk])
        words = presenters.noted(settlement, is_dropped=said == "drop")
        messages.success(request, words, extra_tags=f"undo:{undo_url}")
    return redirect("delivery:operation")


@require_POST
@watches
def unsettle(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    settlement = policies.get_settlement_for(viewer.user, pk, viewer.on)
    if actions.undo_settlement(settlement=settlement, by=viewer.user, at=viewer.at):
        messages.success(request, _("Undone."))
    else:
        messages.error(request, _("Too late to undo: the message may be on its way."))
    return redirect("delivery:operation")
