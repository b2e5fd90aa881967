"""Staff record when calls may ring on the phone of a carer who does not use the family pages."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from calls.homes import actions
from calls.homes.forms import WindowsForm
from calls.homes.queries import caring, has_phone, windows_agreed
from calls.models import CallPlace
from calls.policies import children_to_ring
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission


@staff_required(Permission.WORK_CHECK_INS)
@require_http_methods(["GET", "HEAD", "POST"])
def home(request: SchoolRequest, student_pk: int, pk: int) -> HttpResponse:
    children = children_to_ring(request.user, request.viewer.on)
    ties = caring(request.viewer.on).filter(student__in=children, student=student_pk, adult=pk)
    tie = get_object_or_404(ties.select_related("adult", "student"))
    agreed = windows_agreed(CallPlace.objects.filter(carer=tie.adult).first())
    form = WindowsForm(
        request.POST if request.method == "POST" else None, initial={"windows": agreed}
    )
    has_number = has_phone(tie.adult)
    back = f"{reverse('calls:suggest')}?child={student_pk}"
    if has_number and form.is_valid():
        actions.agree(carer=tie.adult, windows=form.cleaned_data["windows"], at=request.viewer.at)
        messages.success(request, _("Saved."))
        return redirect(back)
    context = {"form": form, "tie": tie, "back_url": back, "has_number": has_number}
    return render(request, "calls/home.html", context, status=422 if form.is_bound else 200)
