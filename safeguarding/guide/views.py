"""The guide for "self-harm likely now", reached from a red concern and from the child's page."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from safeguarding.guide import steps
from safeguarding.models import GuideTick
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.opening import note_read
from students.policies import get_student_for


class TickForm(forms.Form):
    step = forms.ChoiceField(choices=GuideTick.Step.choices)
    who = forms.CharField(max_length=80, required=False)
    is_taken_back = forms.BooleanField(required=False)
    key = forms.UUIDField()


@never_cache
@staff_required(Permission.VIEW_OWN_CLASS, Permission.VIEW_ALL_CHILDREN)
@require_http_methods(["GET", "POST"])
def guide(request: SchoolRequest, student_id: int) -> HttpResponse:
    student = get_student_for(request.user, student_id, request.viewer.on)
    note_read(request, student, "safeguard guide")
    form = TickForm(request.POST or None)
    if form.is_valid():
        steps.tick(student=student, by=request.user, at=request.viewer.at, **form.cleaned_data)
        response = redirect("safeguarding:guide", student_id)
        response["Location"] += f"#{form.cleaned_data['step']}"
        return response
    context = steps.context(student, request.user, request.viewer.at)
    status = 422 if form.is_bound else 200
    return render(request, "safeguarding/guide.html", context, status=status)
