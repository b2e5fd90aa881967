"""What the school knows about an adult, on one page ("Are these still right?"), and how to correct it."""

from datetime import datetime
from http import HTTPStatus

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from core import clock
from core.names import joined
from delivery import actions as messaging
from delivery.models import OneTimeCode
from delivery.queries import can_write_to
from delivery.sign_in import limits
from doors.family.presenters import spaced
from guardians import details
from guardians.forms import PhoneField
from guardians.models import Adult, ContactPoint, Guardianship, Migration
from guardians.policies import family_page, guardianships_of
from guardians.presenters import called, place_words
from guardians.requests import FamilyDoorRequest
from schools.models import holds_on

# Pictograms of shifts, for somebody who hardly reads: sun, moon, or both in turn.
PICTOGRAMS = {"": "？", "day": "☀", "night": "☾", "rotating": "☀☾"}


class NewPhone(forms.Form):
    phone = PhoneField(
        max_length=40,
        error_messages={"required": gettext_lazy("Please enter the new number.")},
    )


class NewPlace(forms.Form):
    is_away = forms.TypedChoiceField(
        choices=[("1", ""), ("0", "")], coerce=lambda value: value == "1"
    )
    place = forms.CharField(max_length=80, required=False)
    shift = forms.ChoiceField(choices=Adult.Shift.choices, required=False)
    shift_since = forms.DateField(
        required=False, error_messages={"invalid": gettext_lazy("Please enter the day.")}
    )

    def clean(self):
        super().clean()
        data = self.cleaned_data
        if data.get("is_away") and not data.get("place"):
            self.add_error("place", _("Where are you now? Just the city is fine."))
        return data


class NewCarer(forms.Form):
    words = forms.CharField(
        max_length=200,
        error_messages={"required": gettext_lazy("Please write who it is.")},
    )


FORMS = {details.PHONE: NewPhone, details.PLACE: NewPlace, details.CARER: NewCarer}


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def details_page(request: FamilyDoorRequest) -> HttpResponse:
    at = clock.for_request(request)
    people = list(request.adults)
    on = timezone.localdate(at)
    act = request.POST.get("act", "")
    if request.method == "POST" and act == "confirm":
        details.confirm(adults=people, at=at, on=on)
        return redirect(f"{request.path}?said=right")
    form = FORMS[act](request.POST) if act in FORMS else None
    if form is not None and form.is_valid():
        data = form.cleaned_data
        if act == details.PHONE:
            return _new_number(request, people, data["phone"], at)
        if act == details.PLACE:
            details.change_place(
                adults=people,
                is_away=data["is_away"],
                place=data["place"],
                work="",
                shift=data["shift"],
                shift_since=data["shift_since"],
                by=request.user,
                on=on,
            )
        else:
            details.ask_for_carer(adults=people, words=data["words"], on=on)
        return redirect(f"{request.path}?said={act}")
    context = _context(people, on) | {
        "said": request.GET.get("said", ""),
        "open": act,
        "form": form,
        "error": next(iter(form.errors.values()))[0] if form is not None else "",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form else 200
    return render(request, "family/details.html", context, status=status)


def _new_number(
    request: FamilyDoorRequest, people: list[Adult], phone: tuple[str, str], at: datetime
) -> HttpResponse:
    """Send a code to the new number and accept the number once the code comes back.

    If none of this adult's schools can send codes, store the number; it then signs nobody in.
    """
    address, written = phone
    sender = next((one for one in people if can_write_to(one.school, "phone")), None)
    context = {"address": spaced(address), "new_number": written, "step": "code"}
    if sender and "code" not in request.POST:
        free_at = limits.ask(request, address)
        if free_at is None:
            messaging.queue_new_number_code(adult=sender, address=address, at=at)
            return render(request, "family/verify_way.html", context)
        context["error"] = limits.asked_too_often(free_at)
        return render(request, "family/verify_way.html", context, status=429)
    if sender and not messaging.use_code(
        purpose=OneTimeCode.Purpose.VERIFY,
        address=address,
        given=request.POST["code"],
        at=at,
        adult=sender,
    ):
        context["error"] = _("This code is wrong or has expired. Check it, or ask for a new one.")
        return render(request, "family/verify_way.html", context, status=422)
    details.add_phone(
        adults=people,
        address=address,
        as_written=written,
        is_proved=sender is not None,
        by=request.user,
        at=at,
        on=timezone.localdate(at),
    )
    return redirect(f"{request.path}?said={'phone' if sender else 'unproved'}")


def _context(people: list[Adult], on) -> dict:
    """Return what the school knows; five queries for any number of children."""
    held = list(
        guardianships_of(Adult.objects.filter(pk__in=[one.pk for one in people]), on)
        .select_related("student")
        .order_by("student__born_on", "pk")
    )
    children = {row.student_id: row.student for row in held}
    carers = details.carers_of(children, on)
    points = ContactPoint.objects.filter(adult__in=people, kind=ContactPoint.Kind.PHONE)
    addresses = points.exclude(address="").values_list("address", flat=True)
    place = Migration.objects.filter(holds_on(on), adult__in=people).first()
    return {
        "adult": people[0],
        "phones": list(dict.fromkeys(map(spaced, addresses))),
        "is_parent": any(row.kind == Guardianship.Kind.PARENT for row in held),
        "place": place_words(place, on),
        "shift": people[0].get_shift_display() if people[0].shift else "",
        "shifts": [(value, PICTOGRAMS[value], label) for value, label in Adult.Shift.choices],
        "present": place,
        "children": [
            {
                "name": child.given_name,
                "carers": joined(
                    f"{called(row)} {row.adult.name}"
                    if called(row) != row.adult.name
                    else called(row)
                    for row in carers.get(pk, [])
                ),
            }
            for pk, child in children.items()
        ],
        "is_confirmed": {one.pk for one in people} <= details.confirmed_adults(people, on),
        "school_phone": people[0].school.phone,
    }
