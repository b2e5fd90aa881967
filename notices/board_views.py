"""Staff pages: who has not answered a notice, reminders, recalls, and answers entered for families."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from accounts.actions import record_access
from notices import actions, policies, presenters, queries
from notices.forms import RecallForm, ToldForm
from notices.models import Notice
from notices.views import works_with_families, writes_notices
from schools.requests import SchoolRequest


@require_safe
@vary_on_headers("HX-Request")
@works_with_families
def board(request: SchoolRequest, pk: int) -> HttpResponse:
    notice = policies.get_notice_for(request.viewer.user, pk, request.viewer.on)
    if request.htmx:  # Today's button opens rows in place, but this is a whole page
        return HttpResponseClientRedirect(request.path)
    if notice.is_draft:
        return redirect("notices:preview", pk)
    return _board(request, notice)


def _board(request: SchoolRequest, notice: Notice, form: RecallForm | None = None) -> HttpResponse:
    context = presenters.board(notice, request.viewer) | {"form": form or RecallForm()}
    return render(request, "notices/board.html", context, status=422 if form else 200)


@require_POST
@works_with_families
def again(request: SchoolRequest, pk: int) -> HttpResponse:
    """Remind the families whom the viewer may see; a class teacher reminds only their own class."""
    viewer = request.viewer
    notice = policies.get_notice_for(viewer.user, pk, viewer.on)
    lines = policies.children_seen_by(viewer.user, viewer.on).filter(notice=notice, settled_at=None)
    n = actions.ask_again(notice=notice, lines=list(lines), at=viewer.at)
    if n:
        words = ngettext(
            "We will ask %(n)d adult again, in their free evening.",
            "We will ask %(n)d adults again, in their free evening.",
            n,
        )
        messages.success(request, words % {"n": n})
    else:
        messages.info(
            request, _("We cannot ask anyone again now. We ask each adult at most once a day.")
        )
    return redirect("notices:board", pk)


@require_POST
@writes_notices
def recall(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    notice = policies.get_notice_led_by(viewer.user, pk, viewer.on)
    if notice.state != Notice.State.SENT:
        return redirect("notices:board", pk)
    form = RecallForm(request.POST)
    if not form.is_valid():
        return _board(request, notice, form)
    reason = form.cleaned_data["reason"]
    actions.recall(notice=notice, reason=reason, by=viewer.user, at=viewer.at)
    messages.success(request, _("Recalled. Messages that had not left will not be sent."))
    return redirect("notices:board", pk)


@require_safe
@works_with_families
def paper(request: SchoolRequest, pk: int) -> HttpResponse:
    """Show the call list: families we cannot message, and families who have not answered."""
    notice = policies.get_notice_for(request.viewer.user, pk, request.viewer.on)
    context = presenters.paper(notice, request.viewer)
    record_access(
        by=request.user,
        school_id=notice.school_id,
        student_ids=context["children"],
        what="call list",
        ip=request.META.get("REMOTE_ADDR"),
    )
    return render(request, "notices/paper.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@works_with_families
def told(request: SchoolRequest, pk: int) -> HttpResponse:
    """Enter a family's answer given by phone or on paper, for all its children in this notice."""
    viewer = request.viewer
    line = policies.get_child_for(viewer.user, pk, viewer.on)
    notice = line.notice
    people = queries.people_of([line], viewer.on).get(line.student_id, [])
    may_answer = [
        one
        for one in people
        if not notice.wants_signature or policies.signable(one.adult, [line], viewer.on)
    ]
    data = request.POST if request.method == "POST" else None
    form = ToldForm(data, notice=notice, people=presenters.people_choices(may_answer))
    if data is None or not form.is_valid():
        context = {"form": form, "line": line, "notice": notice, "people": may_answer}
        return render(
            request, "notices/told.html", context, status=422 if data is not None else 200
        )
    chosen = form.cleaned_data["adult"]
    adult = next(one.adult for one in may_answer if one.adult_id == chosen)
    actions.answer(
        notice=notice,
        adult=adult,
        lines=presenters.lines_told_of(line, adult, viewer),
        signed_as=adult.name if notice.wants_signature else "",
        is_refused=form.cleaned_data["is_refused"],
        via=form.cleaned_data["via"],
        by=viewer.user,
        at=viewer.at,
    )
    messages.success(request, _("Saved."))
    return redirect("notices:board", notice.pk)


@require_POST
@works_with_families
def withdraw(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    answer = policies.get_answer_for(viewer.user, pk, viewer.on)
    if actions.withdraw(answer=answer, at=viewer.at):
        messages.success(request, _("Undone."))
    return redirect("notices:board", answer.child.notice_id)
