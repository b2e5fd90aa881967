"""Record, for all families of a class in one list, which parents are away."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.actions import record_access
from doors.staff.class_choice import chosen_class, class_tabs, editable_classes
from doors.staff.whereabouts import WhereaboutsForm, lines_of
from guardians.actions import record_whereabouts
from guardians.queries import parents_of_unknown_place
from schools.policies import staff_required
from schools.queries import term_on
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.policies import students_editable_by
from students.queries import classes_of, in_class


@staff_required(Permission.EDIT_CHILDREN)
@require_http_methods(["GET", "HEAD", "POST"])
def whereabouts(request: SchoolRequest) -> HttpResponse:
    """Show and save the list; it opens at the viewer's own class, else at the first class with something to
    record.
    """
    viewer = request.viewer
    if request.htmx:  # from Today, where actions open in place
        return HttpResponse(headers={"HX-Redirect": request.get_full_path()})
    classes = editable_classes(viewer)
    editable = students_editable_by(viewer.user, viewer.on)
    own = {post.school_class_id for post in viewer.posts if post.school_class_id}
    wanted = request.POST.get("class", request.GET.get("class", ""))
    if not wanted and not own & {one.pk for one in classes}:
        unknown = parents_of_unknown_place(viewer.on).filter(student__in=editable)
        own = classes_of(set(unknown.values_list("student_id", flat=True)), viewer.on)
    chosen = chosen_class(classes, wanted, own)
    children = list(in_class(editable, chosen, viewer.on)) if chosen else []
    lines = lines_of(children, viewer.on)
    term = term_on(viewer.school, viewer.on)
    initial = {"starts_on": min(term.starts_on, viewer.on) if term else viewer.on}
    form = WhereaboutsForm(request.POST or None, lines=lines, today=viewer.on, initial=initial)
    if form.is_bound and form.is_valid():
        return _save(
            request, form, f"{reverse('staff:whereabouts')}?class={chosen.pk}" if chosen else ""
        )
    record_access(
        by=request.user,
        school_id=viewer.school.pk,
        student_ids=[child.pk for line in lines for child in line.children],
        what="whereabouts",
        ip=request.META.get("REMOTE_ADDR"),
    )
    context = {
        "chosen": chosen,
        "class_tabs": class_tabs(classes, chosen),
        "lines": lines,
        "form": form,
        "has_children": bool(children),
    }
    status = 422 if form.is_bound else 200
    return render(request, "doors/staff/whereabouts.html", context, status=status)


def _save(request: SchoolRequest, form: WhereaboutsForm, url: str) -> HttpResponse:
    saved = record_whereabouts(
        away=form.away,
        starts_on=form.cleaned_data["starts_on"],
        on=request.viewer.on,
        by=request.user,
    )
    if saved:
        words = ngettext("Recorded for %(n)s adult.", "Recorded for %(n)s adults.", saved)
        messages.success(request, words % {"n": saved})
    else:
        messages.info(request, _("Nothing was chosen, or a colleague recorded it meanwhile."))
    return redirect(url or "staff:whereabouts")
