"""Staff pages about holidays."""

from datetime import date, timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.addresses import page_above
from core.meanwhile import version_of
from core.requests import key_of
from guardians.models import Guardianship
from guardians.presenters import called
from guardians.queries import family_of
from reunions import actions, forms, policies, presenters, queries
from reunions.info import DEFAULT_SOURCE, DEFAULTS
from reunions.models import PROVINCES, InfoPage, ReunionPlan, Season, Topic
from schools.policies import classes_visible_to, staff_required
from schools.queries import classes_on
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.editing import edit_section
from students.opening import note_read
from students.policies import get_student_for, students_visible_to
from students.presenters import FileSection
from students.queries import with_class

PAGE_GOOD_FOR_DAYS = 365  # days; cities change their requirements each spring
works_with_families = staff_required(Permission.WORK_CHECK_INS)
keeps_the_calendar = staff_required(Permission.EDIT_SCHOOL)


@works_with_families
@require_safe
def board(request: SchoolRequest) -> HttpResponse:
    """Show, by child, who is coming home in this holiday and whose plans are unknown."""
    viewer = request.viewer
    season = _chosen(request)
    seen = classes_visible_to(viewer.user, viewer.on)
    classes = list(classes_on(viewer.school, viewer.on).filter(pk__in=seen.values("pk")))
    wanted = request.GET.get("class", "")
    asked = [one for one in classes if str(one.pk) == wanted]
    chosen = next(iter(asked or classes), None)
    everybody: list[queries.BoardRow] = []
    if season is not None and chosen is not None:
        children = students_visible_to(viewer.user, viewer.on).filter(school=viewer.school)
        children = with_class(children, viewer.on).order_by("name_pinyin", "pk")
        held = [one.pk for one in classes]
        children = children.filter(class_id__in=held)  # type: ignore[misc]  # annotated
        everybody = queries.board(season, children, viewer.on)
    of_class = [row for row in everybody if chosen and row.student.class_id == chosen.pk]
    rows = [_board_row(row, season, viewer.on) for row in of_class] if season else []
    context = {
        "season": season,
        "title": presenters.season_title(season) if season else _("Holidays"),
        "classes": classes,
        "chosen": chosen,
        "seasons": [
            (one, presenters.season_name(one))
            for one in Season.objects.filter(school=viewer.school)
        ],
        "rows": [row for row in rows if not row["is_unknown"]],
        "unknown": [row for row in rows if row["is_unknown"]],
        **_counts(of_class),
        "whole": _counts(everybody) if len(classes) > 1 and everybody else None,
        "may_edit": viewer.can(Permission.EDIT_SCHOOL),
    }
    return render(request, "reunions/board.html", context)


def _counts(rows: list[queries.BoardRow]) -> dict[str, int]:
    return {
        "child_count": len(rows),
        "together_count": sum(row.is_together for row in rows),
        "unknown_count": sum(row.is_unknown for row in rows),
    }


def _chosen(request: SchoolRequest) -> Season | None:
    school, wanted = request.viewer.school, key_of(request.GET.get("season"))
    found = Season.objects.filter(school=school, pk=wanted).first() if wanted else None
    if found:
        return found
    return queries.season_in_hand(school, request.viewer.on)


def _board_row(row: queries.BoardRow, season: Season, on: date) -> dict:
    plans = []
    for held, plan in row.plans:
        # From the day on which they would be together, the school can record the outcome.
        expected = (plan and plan.arrives_on) or season.feast_on or season.starts_on
        asks_outcome = plan and plan.is_together and expected <= on
        plans.append(
            {
                "who": called(held),
                "words": presenters.plan_words(plan),
                "has_ticket": bool(plan and plan.has_ticket),
                "is_open": queries.is_open(plan),
                "outcome": plan.get_outcome_display() if plan and plan.outcome else "",
                "outcome_url": reverse("reunions:outcome", args=[plan.pk])
                if plan and asks_outcome
                else "",
            }
        )
    return {
        "student": row.student,
        "plans": plans,
        "is_unknown": row.is_unknown,
    }


@works_with_families
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: SchoolRequest, student_id: int) -> HttpResponse:
    """Record what a parent told the school by phone."""
    viewer = request.viewer
    student = get_student_for(viewer.user, student_id, viewer.on)
    season = _chosen(request)
    if season is None or season.school_id != student.school_id:
        raise Http404
    note_read(request, student, "holiday plan")
    people = {
        str(member.adult.pk): member
        for member in family_of(student, viewer.on)
        if member.guardianship.kind == Guardianship.Kind.PARENT
        and not member.adult.is_blocked
        and member.adult.may_be_asked_about
    }
    form = forms.StaffPlanForm(
        request.POST or None,
        season=season,
        people=[(pk, called(member.guardianship)) for pk, member in people.items()],
    )

    def save(form: forms.StaffPlanForm) -> None:
        changes = dict(form.cleaned_data)
        actions.save_plan(
            season=season,
            student=student,
            adult=people[changes.pop("adult")].adult,
            changes=changes,
            said_by=ReunionPlan.SaidBy.STAFF,
            by=viewer.user,
            at=viewer.at,
        )
        messages.success(request, _("Saved."))

    title = f"{student.name}{_(': ')}{presenters.season_title(season)}"
    return edit_section(
        request,
        section=lambda: FileSection("plan", title, ()),
        form=form,
        save=save,
        back_url=f"{reverse('reunions:board')}?season={season.pk}",
        whole_page=True,
    )


@works_with_families
@require_http_methods(["GET", "HEAD", "POST"])
def outcome(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    found = policies.get_plan_for(viewer.user, pk, viewer.on)
    return edit_section(
        request,
        section=lambda: FileSection("outcome", found.student.name, ()),
        form=forms.OutcomeForm(request.POST or None, plan=found),
        save=lambda form: actions.record_outcome(
            plan=found, by=viewer.user, at=viewer.at, **form.cleaned_data
        ),
        back_url=reverse("reunions:board"),
    )


@works_with_families
@require_http_methods(["GET", "HEAD", "POST"])
def watch(request: SchoolRequest, pk: int) -> HttpResponse:
    """Record a check around a parting. "Not well" leads on to reporting a concern."""
    viewer = request.viewer
    found = policies.get_watch_for(viewer.user, pk, viewer.on)
    note_read(request, found.student, "departure watch")
    return edit_section(
        request,
        section=lambda: FileSection("watch", found.student.name, ()),
        form=forms.WatchForm(request.POST or None),
        save=lambda form: actions.close_watch(
            watch=found, by=viewer.user, at=viewer.at, **form.cleaned_data
        ),
        back_url=page_above("child", found.student_id),
        note=_(
            "Not well? Write what you saw: it becomes a concern, and a named adult is told at once."
        ),
    )


@works_with_families
@require_http_methods(["GET", "HEAD", "POST"])
def told(request: SchoolRequest, pk: int) -> HttpResponse:
    """Record that somebody has told the child that a parent's plan has changed."""
    viewer = request.viewer
    plan = policies.get_plan_for(viewer.user, pk, viewer.on)
    note_read(request, plan.student, "holiday plan")
    return edit_section(
        request,
        section=lambda: FileSection("told", plan.student.name, ()),
        form=forms.ChildToldForm(request.POST or None),
        save=lambda form: actions.note_child_told(plan=plan),
        back_url=page_above("child", plan.student_id),
        note=_(
            "Save this once somebody has told the child. Only then does the number of nights on "
            "the child's page change."
        ),
    )


@works_with_families
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    found = policies.get_question_for(viewer.user, pk, viewer.on)
    return edit_section(
        request,
        section=lambda: FileSection("question", str(found.get_topic_display()), (found.words,)),
        form=forms.AnswerForm(request.POST or None),
        save=lambda form: actions.answer_family(
            asked=found, by=viewer.user, at=viewer.at, **form.cleaned_data
        ),
        back_url=page_above("child", found.student_id),
        note=f"{found.adult.name}{_(': ')}{found.words}",
    )


@keeps_the_calendar
@require_http_methods(["GET", "HEAD", "POST"])
def seasons(request: SchoolRequest) -> HttpResponse:
    """Show the school's holidays. A POST creates them from the calendar again."""
    school = request.viewer.school
    if request.method == "POST":
        made = actions.ensure_seasons(school=school)
        words = _("%(n)d holidays are new.") if made else _("The holidays are up to date.")
        messages.success(request, words % {"n": made})
        return redirect("reunions:seasons")
    rows = Season.objects.filter(school=school)
    return render(request, "reunions/seasons.html", {"rows": rows})


@keeps_the_calendar
@require_http_methods(["GET", "HEAD", "POST"])
def season(request: SchoolRequest, pk: int) -> HttpResponse:
    return _season_form(request, get_object_or_404(Season, pk=pk, school=request.viewer.school))


@keeps_the_calendar
@require_http_methods(["GET", "HEAD", "POST"])
def new_season(request: SchoolRequest) -> HttpResponse:
    return _season_form(request, Season(school=request.viewer.school))


def _season_form(request: SchoolRequest, found: Season) -> HttpResponse:
    return edit_section(
        request,
        section=lambda: FileSection("season", _("Holiday"), ()),
        form=forms.SeasonForm(request.POST or None, instance=found, today=request.viewer.on),
        save=lambda form: actions.save_season(
            season=found,
            changes=form.changes,
            by=request.user,
            instead_of=form.cleaned_data["instead_of"],
        ),
        back_url=reverse("reunions:seasons"),
        whole_page=True,
    )


@keeps_the_calendar
@require_safe
def pages(request: SchoolRequest) -> HttpResponse:
    own = InfoPage.objects.filter(school=request.viewer.school)
    stale = request.viewer.on - timedelta(days=PAGE_GOOD_FOR_DAYS)
    rows = [
        {
            "topic": value,
            "label": label,
            "pages": [(page, page.checked_on < stale) for page in own if page.topic == value],
        }
        for value, label in Topic.choices
    ]
    return render(request, "reunions/pages.html", {"rows": rows})


@keeps_the_calendar
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SchoolRequest, topic: str) -> HttpResponse:
    """Edit what families read about one question, everywhere or in one province (`?province=44`)."""
    viewer, province = request.viewer, request.GET.get("province", "")
    if topic not in Topic.values or province not in dict(PROVINCES):
        raise Http404
    found = queries.info_pages(viewer.school, topic).get(province)
    initial = {
        "topic": topic,
        "province": province,
        "body": found.body if found else DEFAULTS[Topic(topic)],
        "source": found.source if found else DEFAULT_SOURCE,
        "instead_of": version_of(*actions.info_page_said(found)),
    }
    return edit_section(
        request,
        section=lambda: FileSection("page", str(Topic(topic).label), ()),
        form=forms.InfoPageForm(
            request.POST or None, initial=initial, school=viewer.school, opened=(topic, province)
        ),
        save=lambda form: actions.save_info_page(
            school=viewer.school, on=viewer.on, by=viewer.user, **form.cleaned_data
        ),
        back_url=reverse("reunions:pages"),
        whole_page=True,
        note=_(
            "Plain text, one thought on each line. Name your source, and check the page again each spring."
        ),
    )
