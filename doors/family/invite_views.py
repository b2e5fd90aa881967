"""A paper invitation from school: what it opens, and how a person proves that it is theirs.

A slip alone opens nothing, and looking at it writes nothing. If a phone on record signs in and the school
can write to it, we send a code there. If the school cannot, we ask for the last digits of that number; if no
number signs in, we ask for a new one. In both of these cases two members of staff must first confirm the
person.
"""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core import clock, walls
from core.codes import clean_digits
from core.languages import page_language
from delivery import actions as messaging
from delivery import rules
from delivery.models import Device, Invitation, OneTimeCode
from delivery.queries import can_write_to, find_slip, is_open
from delivery.sign_in import limits
from delivery.sign_in.codes import plain_slip, readable_slip
from doors.family import actions
from doors.family.forms import PhoneForm
from doors.family.sessions import is_signed_in_as, open_session, too_often
from guardians.models import ContactPoint
from guardians.presenters import relation_word
from guardians.queries import current_guardianships, sign_in_points
from schools.queries import only_phone

CLAIM = "slip_claim"  # session key: the claim that this browser made
PROVED = "slip_proved"  # session key: the slip for which this browser entered the right code
DIGITS_ASKED = 4  # of the number on record


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@walls.every_school("a slip says whose it is, and so the school")
def type_in(request: HttpRequest) -> HttpResponse:
    """Let somebody who cannot scan the QR code type the letters printed below it."""
    typed = request.POST.get("code", "")
    if request.method != "POST":
        return render(request, "family/invite_type.html", {"code": ""})
    free_at = limits.slips_free_at(request)
    if free_at is not None:
        return too_often(request, free_at)
    slip = find_slip(typed)
    if slip is None or not is_open(slip, clock.for_request(request)):
        limits.note_wrong_slip(request)
        words = _("There is no slip with these letters, or it has expired. Please check them.")
        context = {"code": typed[:40], "error": words}
        return render(request, "family/invite_type.html", context, status=422)
    return redirect("family:invitation", readable_slip(plain_slip(typed)))


def _give_back(request: HttpRequest) -> HttpResponse:
    return render(request, "family/invite_expired.html", {"school_phone": only_phone()}, status=404)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@walls.every_school("a slip says whose it is, and so the school")
def invitation(request: HttpRequest, code: str) -> HttpResponse:
    at = clock.for_request(request)
    free_at = limits.slips_free_at(request)
    if free_at is not None:
        return too_often(request, free_at)
    slip = find_slip(code)
    if slip is not None and is_signed_in_as(request, slip.adult):
        return redirect("family:home")  # they opened their own slip again, already signed in by it
    if slip is None or not is_open(slip, at):
        limits.note_wrong_slip(request)
        return _give_back(request)
    # Either the right code was entered in this browser, or the school has confirmed this browser's claim.
    claim = request.session.get(CLAIM)
    is_confirmed = slip.confirmed_at is not None and claim == str(slip.claim_key)
    with translation.override(page_language(request, slip.adult.language)):
        if request.session.get(PROVED) == slip.pk or (claim is not None and is_confirmed):
            return _are_you(request, slip, at)
        if slip.claimed_at is not None:
            return render(request, "family/invite_waits.html", {"school": slip.school})
        point = sign_in_points().filter(adult=slip.adult, kind=ContactPoint.Kind.PHONE).first()
        if point is None:
            return _new_number(request, slip, at)
        if can_write_to(slip.school, point.kind):
            return _by_code(request, slip, point, at)
        return _by_digits(request, slip, point, at)


def _by_code(
    request: HttpRequest, slip: Invitation, point: ContactPoint, at: datetime
) -> HttpResponse:
    """Send a code to the phone on record, but only after a tap on the button."""
    context = {"school": slip.school, "post_url": request.path, "step": "send", "is_sent": True}
    if request.method == "POST" and "code" in request.POST:
        used = messaging.use_code(
            purpose=OneTimeCode.Purpose.INVITATION,
            address=point.address,
            given=request.POST["code"],
            at=at,
            adult=slip.adult,
        )
        if used is not None:
            request.session[PROVED] = slip.pk
            request.session["slip_address"] = point.address
            return redirect(request.path)
        words = _("This code is wrong or has expired. Check it, or ask for a new one.")
        context |= {"step": "code", "error": words}
        return render(request, "family/invite_code.html", context, status=422)
    if request.method != "POST":
        return render(request, "family/invite_code.html", context)
    context["step"] = "code"
    free_at = limits.ask(request, point.address)
    if free_at is not None:
        context |= {"error": limits.asked_too_often(free_at), "is_sent": False}
        return render(request, "family/invite_code.html", context, status=429)
    messaging.queue_invitation_code(adult=slip.adult, address=point.address, at=at, point=point)
    return render(request, "family/invite_code.html", context)


def _by_digits(
    request: HttpRequest, slip: Invitation, point: ContactPoint, at: datetime
) -> HttpResponse:
    """Ask for the last digits of the number, because the school can send no code; then wait for the
    school.
    """
    context = {"school": slip.school, "post_url": request.path}
    if request.method != "POST":
        return render(request, "family/invite_digits.html", context)
    given = clean_digits(request.POST.get("digits"))
    may_try = messaging.take_try(invitation=slip)
    if may_try and given == point.address[-DIGITS_ASKED:]:
        return _claimed(request, slip, Invitation.Proof.DIGITS, point.address, at)
    words = _("These are not the last four digits of the number on record.")
    if slip.failed_attempts + 1 >= rules.SLIP_ATTEMPTS:
        words = _("Too many tries. Please ask your child's teacher.")
    return render(request, "family/invite_digits.html", context | {"error": words}, status=422)


def _new_number(request: HttpRequest, slip: Invitation, at: datetime) -> HttpResponse:
    """Ask for a number, because none on record signs in.

    Send a code to it if possible, then wait for the school.
    """
    context = {"school": slip.school, "post_url": request.path, "step": "phone", "is_sent": True}
    if request.method != "POST":
        return render(request, "family/invite_phone.html", context)
    form = PhoneForm(request.POST)
    context["phone"] = request.POST.get("phone", "")
    if not form.is_valid():
        context["error"] = str(form.errors["phone"][0])
        return render(request, "family/invite_phone.html", context, status=422)
    phone = form.cleaned_data["phone"]
    if not can_write_to(slip.school, ContactPoint.Kind.PHONE):
        return _claimed(request, slip, Invitation.Proof.NEW_NUMBER, phone, at)
    context["step"] = "code"
    if "code" not in request.POST:
        free_at = limits.ask(request, phone)
        if free_at is not None:
            context |= {"error": limits.asked_too_often(free_at), "is_sent": False}
            return render(request, "family/invite_phone.html", context, status=429)
        messaging.queue_invitation_code(adult=slip.adult, address=phone, at=at)
        return render(request, "family/invite_phone.html", context)
    given = request.POST["code"]
    purpose = OneTimeCode.Purpose.INVITATION
    if messaging.use_code(purpose=purpose, address=phone, given=given, at=at, adult=slip.adult):
        return _claimed(request, slip, Invitation.Proof.NEW_NUMBER, phone, at)
    context["error"] = _("This code is wrong or has expired. Check it, or ask for a new one.")
    return render(request, "family/invite_phone.html", context, status=422)


def _claimed(
    request: HttpRequest, slip: Invitation, proof: str, address: str, at: datetime
) -> HttpResponse:
    key = messaging.claim_slip(invitation=slip, proof=proof, address=address, at=at)
    if key is not None:
        request.session[CLAIM] = str(key)
        request.session.set_expiry(rules.SLIP_DAYS * 86400)
    return redirect(request.path)


def _are_you(request: HttpRequest, slip: Invitation, at: datetime) -> HttpResponse:
    if request.method != "POST":
        # The eldest child stands for all, as in 徐梦瑶的妈妈.
        held = current_guardianships(timezone.localdate(at)).filter(adult=slip.adult)
        eldest = held.select_related("student").order_by("student__born_on", "pk").first()
        child = ""
        if eldest is not None:
            relation = relation_word(eldest.relation)
            names = {"child": eldest.student.name, "relation": relation}
            child = _("%(child)s's %(relation)s") % names
        context = {"adult": slip.adult, "child": child, "post_url": request.path}
        return render(request, "family/invite_confirm.html", context)
    address = slip.claimed_address or request.session.get("slip_address", "")
    user = actions.sign_in_by_slip(invitation=slip, address=address, at=at)
    if user is None:
        return _give_back(request)
    open_session(request, user=user, address=address, opened_by=Device.OpenedBy.SLIP, at=at)
    return redirect("family:home")
