from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from core import replica
from core.downloads import XLSX, download
from core.prepared import Question, ask_together, prepared
from core.printing import picture_of, why_no_pdf
from dashboards import drawing, presenters, spreadsheet
from dashboards.models import WeeklyMail
from delivery.queries.sending import stop_questions
from figures.choice import Choice, asks_for_some, choice_from, classes_question, fields_of
from figures.definitions import definitions
from figures.learning import learning, learning_questions
from figures.school import Dashboard, board_questions, dashboard
from figures.school_life import life_questions, school_life, term_that_is_over
from messaging.queries import follow_ups_question
from safeguarding.figures import waiting_question
from schools.models import School
from schools.policies import Viewer, classes_visible_to, staff_required
from schools.queries import term_questions, terms_question, year_question
from schools.requests import SchoolRequest, SchoolViewer
from schools.roles import Permission
from students.policies import barred_ids
from threads.queries import voice_balance, voice_question
from visits.presenters import care_words
from visits.queries import (
    Progress,
    care_overview,
    care_question,
    overdue_questions,
    progress_of,
)

PIXELS = 1600  # across, of a chart as a picture


@staff_required(Permission.VIEW_DASHBOARD)
@replica.reads_from_replica
def school_dashboard(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    ask_together(
        _first_questions(viewer, viewer.school, is_everybody=not asks_for_some(request.GET))
    )
    choice = _choice(request)
    # These need the children, classes, term and school year that the first queries have read.
    ask_together(_further_questions(viewer, choice))
    board = _board(request, choice)
    shown = _shown(viewer, board, choice)
    context = {
        "board": board,
        "shown": shown,
        "choice": choice,
        "choose": drawing.choose(tuple(fields_of(choice, viewer.school, viewer.on))),
        "query": request.GET.urlencode(),
        "figures": drawing.figures(shown) if board.with_parent_away else "",
        "more": presenters.more_answers(viewer),
        "gets_weekly": bool(_weekly_mail(user_id=viewer.user.pk, school_id=viewer.school.pk)),
    }
    return render(request, "dashboards/school.html", context)


def _board(request: SchoolRequest, choice: Choice) -> Dashboard:
    viewer = request.viewer
    return dashboard(viewer.school, replica.as_of(viewer.at), choice.day(viewer.on), choice)


def _shown(viewer: SchoolViewer, board: Dashboard, choice: Choice) -> drawing.Shown:
    school, on = viewer.school, viewer.on
    if choice.term and choice.is_past(on):
        life = term_that_is_over(school, choice.term, choice)
    else:
        life = school_life(school, on, replica.as_of(viewer.at), choice)
    shown = drawing.Shown(
        board=replace(board, at=None),
        is_everybody=choice.is_everybody,
        term=str(choice.term or ""),
        is_over=choice.is_past(on),
        life=life,
        today=timezone.localdate(),
    )
    if shown.is_over:
        return shown
    return replace(
        shown,
        waits=tuple(presenters.waits(school, viewer, board, choice)),
        care=_care_words(viewer) if choice.is_everybody else "",
        voice=voice_balance(school, on) if choice.is_everybody else None,
        learning=tuple(learning(school, on)),
    )


# The queries of the page that do not depend on each other's answers and return few rows.


def _first_questions(viewer: Viewer, school: School, *, is_everybody: bool) -> Iterator[Question]:
    on = viewer.on
    yield classes_question(school, on)
    yield _weekly_mail.question(user_id=viewer.user.pk, school_id=school.pk)
    yield year_question(school, on)
    yield terms_question(school, on)
    yield from stop_questions(school)
    if is_everybody:
        yield from board_questions(school, on)
        yield waiting_question(school, viewer.user)
        yield follow_ups_question(school)
        yield from term_questions(school, on)
        yield voice_question(school, on)
        if viewer.can(Permission.RECORD_VISITS):
            yield care_question(school)


def _further_questions(viewer: SchoolViewer, choice: Choice) -> Iterator[Question]:
    if choice.is_past(viewer.on):
        return
    yield from life_questions(viewer.school, viewer.on, choice)
    yield from learning_questions(viewer.school, viewer.on)
    if choice.is_everybody:
        yield from overdue_questions(viewer.school, viewer.on, choice.without)


@prepared
def _weekly_mail(*, user_id, school_id) -> QuerySet[Any]:
    rows = WeeklyMail.objects.filter(user_id=user_id, school_id=school_id)
    return rows.values_list("pk", flat=True)


@staff_required(Permission.VIEW_DASHBOARD)
@replica.reads_from_replica
def trend_picture(request: SchoolRequest) -> HttpResponse:
    """Send the twelve weeks as a PNG, for the children chosen on the page.

    Show a message if this server cannot draw it.
    """
    viewer = request.viewer
    choice = _choice(request)
    board = _board(request, choice)
    if not board.with_parent_away:
        raise Http404
    if why := why_no_pdf():
        messages.error(request, why)
        return redirect("dashboards:school")
    chosen = fields_of(choice, viewer.school, viewer.on)
    page = presenters.trend_on_paper(board, viewer.school, chosen)
    picture = picture_of(render_to_string("dashboards/trend_picture.html", page), PIXELS, "PNG")
    return download(picture, "image/png", f"{page['title']} {viewer.school.name}.png")


def _choice(request: SchoolRequest) -> Choice:
    viewer = request.viewer
    with replica.from_main():
        without = barred_ids(viewer.user)
    return choice_from(request.GET, viewer.school, viewer.on, without)


def _care_words(viewer: Viewer) -> str:
    """Return "" if no child is in special care, or if the reader may not open the list."""
    if viewer.school is None or not viewer.can(Permission.RECORD_VISITS):
        return ""
    overview = care_overview(viewer.user, viewer.school, viewer.on)
    return care_words(overview) if overview.children else ""


@staff_required(Permission.VIEW_DASHBOARD)
@replica.reads_from_replica
def figures(request: SchoolRequest) -> HttpResponse:
    """Send the same figures as a workbook."""
    viewer = request.viewer
    choice = _choice(request)
    name = _("Dashboard %(school)s %(date)s.xlsx") % {
        "school": viewer.school.name,
        "date": choice.day(viewer.on).isoformat(),
    }
    sheets = spreadsheet.Sheets(
        _shown(viewer, _board(request, choice), choice),
        presenters.chosen_words(fields_of(choice, viewer.school, viewer.on)),
        _progress(viewer, choice),
        definitions(),
    )
    return download(spreadsheet.workbook(sheets), XLSX, name)


def _progress(viewer: SchoolViewer, choice: Choice) -> Progress | None:
    """Return visits and calls, done and owed; the page links to them, because counting them takes longer."""
    if not choice.is_everybody or choice.is_past(viewer.on):
        return None
    if not viewer.can(Permission.RECORD_VISITS):
        return None
    return progress_of(viewer.school, classes_visible_to(viewer.user, viewer.on), viewer.on)
