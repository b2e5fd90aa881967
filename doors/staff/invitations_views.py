"""Invite families with slips for a class or a link by message, check who claims a slip, and sign people
out.
"""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions import record_access
from core.phones import readable
from core.requests import key_of
from delivery import actions as messaging
from delivery import rules
from delivery.models import Invitation
from delivery.queries import claims_for
from doors.staff.class_choice import chosen_class, class_tabs, editable_classes
from doors.staff.invitations import Invited, invited_of, slips_of, to_invite
from guardians.models import Adult
from guardians.policies import can_edit_adult, get_adult_for
from schools.models import SchoolClass
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.models import Student
from students.opening import get_editable
from students.policies import students_editable_by

edits_children = staff_required(Permission.EDIT_CHILDREN)


@edits_children
@require_http_methods(["GET", "HEAD", "POST"])
def invitations(request: SchoolRequest) -> HttpResponse:
    """Show one class. Its key is in the address, so that the page can be printed again."""
    viewer = request.viewer
    classes = editable_classes(viewer)
    chosen = chosen_class(classes, request.GET.get("class", ""))
    rows: list[Invited] = []
    if chosen:
        rows = invited_of(students_editable_by(viewer.user, viewer.on), chosen, viewer.at)
        record_access(
            by=request.user,
            school_id=chosen.school_id,
            student_ids=sorted({row.student.pk for row in rows}),
            what="invitations",
            ip=request.META.get("REMOTE_ADDR"),
        )
    if request.method == "POST" and chosen:
        lacking = {row.adult.pk: row.adult for row in rows if row.can_be_invited}
        new = messaging.make_slips(adults=list(lacking.values()), by=viewer.user, at=viewer.at)
        said = ngettext("%(n)d invitation made.", "%(n)d invitations made.", new) % {"n": new}
        messages.success(request, said)
        return redirect(_address(chosen.pk))
    return render(request, "doors/staff/invitations.html", _context(request, classes, chosen, rows))


def _address(class_id: int) -> str:
    return f"{reverse('staff:invitations')}?class={class_id}"


def _context(
    request: HttpRequest,
    classes: list[SchoolClass],
    chosen: SchoolClass | None,
    rows: list[Invited],
) -> dict:
    joined = {row.student.pk for row in rows if row.state == "joined"}
    lacking = len({row.adult.pk for row in rows if row.can_be_invited})
    words = ngettext("%(n)d adult has no slip yet.", "%(n)d adults have no slip yet.", lacking)
    titles = {
        "waits": _("Waiting for two people to confirm"),
        "invited": _("Invited"),
        "not_yet": _("Not invited yet"),
        "joined": _("Signed in"),
    }
    groups = []
    for state, title in titles.items():
        if found := [row for row in rows if row.state == state]:
            groups.append({"state": state, "title": title, "rows": found})
    return {
        "chosen": chosen,
        "groups": groups,
        "slips": slips_of(rows),
        "lacking_words": words % {"n": lacking} if lacking else "",
        "joined": len(joined),
        "total": len({row.student.pk for row in rows}),
        "door": request.get_host() + reverse("family:type_invitation"),
        "days": rules.SLIP_DAYS,
        "class_tabs": class_tabs(classes, chosen, reverse("staff:invitations")),
    }


@edits_children
@require_POST
def revoke(request: SchoolRequest, adult_id: int) -> HttpResponse:
    """Revoke a lost slip: it no longer opens anything, and staff can make a new one."""
    viewer = request.viewer
    adult = get_adult_for(request.user, adult_id, viewer.on)
    if not can_edit_adult(request.user, adult, viewer.on):
        raise Http404
    messaging.revoke_slip(adult=adult, by=viewer.user, at=viewer.at)
    said = _("The slip for %(name)s no longer works.") % {"name": adult.name}
    messages.success(request, said)
    wanted = key_of(request.POST.get("class"))
    return redirect(_address(wanted) if wanted else "staff:invitations")


def _adult_of(request: SchoolRequest, student_id: int, adult_id: int) -> tuple[Student, Adult]:
    student = get_editable(request, student_id)
    held = student.guardianships.filter(adult_id=adult_id).select_related("adult").first()
    if held is None:
        raise Http404
    return student, held.adult


@edits_children
@require_POST
def invite(request: SchoolRequest, student_id: int, adult_id: int) -> HttpResponse:
    """Send a first sign-in link to an adult who will not come to school soon."""
    student, adult = _adult_of(request, student_id, adult_id)
    viewer = request.viewer
    if not to_invite([student.pk], viewer.on).filter(adult=adult).exists():
        messages.error(request, _("%(name)s cannot be invited.") % {"name": adult.name})
    elif messaging.invite_by_link(adult=adult, by=viewer.user, at=viewer.at):
        said = _("A link is on its way to %(name)s. It works for three days.")
        messages.success(request, said % {"name": adult.name})
    else:
        said = _("Nothing was sent: no number can sign in, or a link was already sent today.")
        messages.error(request, said)
    return redirect("guardians:family_adult", student.pk, adult.pk)


@edits_children
@require_POST
def end_sessions(request: SchoolRequest, student_id: int, adult_id: int) -> HttpResponse:
    """Sign the adult out everywhere, from the next request on, because a phone was lost or changed hands."""
    student, adult = _adult_of(request, student_id, adult_id)
    if adult.user is not None:
        messaging.end_sessions(user=adult.user)
    said = _("%(name)s is signed out on every phone.") % {"name": adult.name}
    messages.success(request, said)
    return redirect("guardians:family_adult", student.pk, adult.pk)


@staff_required(Permission.EDIT_CHILDREN, Permission.CONFIRM_NUMBERS)
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: SchoolRequest, pk: int) -> HttpResponse:
    """Ask whether the person who used a slip is the right one: in place on Today, or as a page without
    JavaScript.
    """
    viewer = request.viewer
    found = claims_for(viewer.user, viewer.at).filter(pk=pk).first()
    if found is None:
        raise Http404
    if request.method != "POST":
        template = "_claim_form" if request.htmx else "claim"
        return render(request, f"doors/staff/{template}.html", _claim_context(found))
    if request.POST.get("answer") == "yes":
        if messaging.confirm_claim(invitation=found, by=viewer.user, at=viewer.at):
            said = _("%(name)s can now sign in with the slip.")
        else:
            said = _("Saved. A principal or administrator must now confirm %(name)s too.")
    elif request.POST.get("answer") == "no":
        messaging.revoke_slip(adult=found.adult, by=viewer.user, at=viewer.at)
        said = _("The slip for %(name)s no longer works.")
    else:
        return render(request, "doors/staff/claim.html", _claim_context(found), status=422)
    messages.success(request, said % {"name": found.adult.name})
    return redirect("staff:today")


def _claim_context(found: Invitation) -> dict:
    return {
        "claim": found,
        "phone": readable(found.claimed_address),
        "checked_by": found.checked_by.name if found.checked_by else "",
        "is_new_number": found.proof == Invitation.Proof.NEW_NUMBER,
        "post_url": reverse("staff:claim", args=[found.pk]),
    }
