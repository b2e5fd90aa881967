"""What the staff's pages about rounds and lessons show, ready for the templates."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from core.addresses import page_above
from schools.duty.queries import with_duty
from schools.models import Post, SchoolClass, holds_on
from schools.policies import Viewer, today_in
from schools.roles import Permission, Role, roles_with
from students.policies import students_visible_to
from surveys import policies, queries, rules, shipped, wording
from surveys.forms import RoundForm
from surveys.instruments import Band, Instrument
from surveys.models import Round, Seat, ToDo


def rounds_list(viewer: Viewer) -> dict[str, Any]:
    rows = (
        policies.rounds_visible_to(viewer.user, viewer.on)
        .filter(school=viewer.school)
        .select_related("edition", "school")
        .prefetch_related("classes__grade")
    )
    own = set(policies.own_class_ids(viewer.user, viewer.on))
    can_run = viewer.can(Permission.RUN_SURVEYS)
    sees_all = can_run or viewer.can(Permission.VIEW_SURVEY_FIGURES)
    finished = queries.finished_forms(rows)
    listed = []
    for one in rows:
        classes = sorted(one.classes.all(), key=lambda each: (each.grade.number, each.number))
        seen = {each.pk for each in classes if sees_all or each.pk in own}
        is_over = not one.is_open(viewer.on)
        listed.append(
            {
                "round": one,
                "name": wording.name_of(one.edition.instrument),
                "classes": classes,
                "is_over": is_over,
                "to_give": [each for each in classes if can_run or each.pk in own],
                "how": one.get_how_display(),
                "finished": sum(finished[one.pk, pk] for pk in seen),
                # Forms that are asked for today; once a round is over nobody knows it any more.
                "to_ask": None
                if is_over
                else sum(form.class_id in seen for form in queries.asked_in(one, viewer.at)),
            }
        )
    return {
        "rounds": listed,
        "to_dos": policies.to_dos_for(viewer.user, viewer.on)
        .filter(done_at=None)
        .select_related("seat__student", "written_by")
        .order_by("-written_at"),
        "can_run": can_run,
        "can_count": viewer.can(Permission.VIEW_SURVEY_FIGURES),
        "can_write": viewer.can(Permission.WRITE_QUESTIONS),
    }


def instruments_page(school) -> dict[str, Any]:
    """Return ready instruments, and those that still need their wording."""
    ready = queries.choices_for(school)
    can_be_asked = {one.instrument.key for one in ready}
    known = [one for key, one in shipped.instruments().items() if key not in can_be_asked]
    return {
        "ready": [_instrument_row(one.instrument) | {"value": one.value} for one in ready],
        "waiting": [_instrument_row(one) for one in known if not one.has_wording],
    }


def _instrument_row(one: Instrument) -> dict[str, Any]:
    return {
        "instrument": one,
        "name": wording.name_of(one),
        "about": wording.words(one.about),
        "ways": wording.ways_words(rules.ways_of(one)),
        "licence": wording.words(one.licence),
        "how_often": wording.how_often(one),
        "count": len(one.items),
    }


def instrument_page(one: Instrument) -> dict[str, Any]:
    """Return all we know about it: sums, bands with their sources, urgent items, and any wording."""
    scales = []
    for scale in one.scales:
        scales.append(
            {
                "name": wording.words(scale.names),
                "note": wording.words(scale.notes),
                "items": len(scale.items),
                "parts": [wording.words(each.names) for each in one.scales if each.id in scale.of],
                "bands": [_band_row(band) for band in scale.bands],
            }
        )
    return {
        **_instrument_row(one),
        "scales": scales,
        "urgent": [
            wording.item_name(item, one) for item in one.items if item.id in one.urgent_items
        ],
        "turned": [wording.item_name(item, one) for item in one.items if item.is_reversed],
        "honest": [wording.honest_words(rules.honesty(study)) for study in one.accuracy],
        "sources": [wording.source_words(source) for source in one.sources],
        "studies": [study.source for study in one.accuracy],
        "follow_up": wording.words(one.follow_up_source),
        "share": round(rules.share_of(one) * 100),
        "questions": [
            {
                "text": wording.words(item.texts),
                "options": [wording.words(option.texts) for option in item.options],
            }
            for item in one.items
        ]
        if one.has_wording
        else [],
    }


def _band_row(band: Band) -> dict[str, str]:
    low, high = band.at_least, band.at_most
    if low is None or high is None:
        limits = f"≤ {high:g}" if low is None else f"≥ {low:g}"
    else:
        limits = f"{low:g}–{high:g}"
    ages = _("%(from)s–%(to)s years") % {"from": band.from_age, "to": band.to_age}
    return {
        "range": limits,
        "words": wording.level_words(band.level),
        "ages": ages if band.to_age < 200 else "",
        "source": band.source,
    }


def new_round_page(form: RoundForm, choices: Sequence[queries.Choice]) -> dict[str, Any]:
    # The chosen questions come first, where nobody has to scroll.
    choices = sorted(choices, key=lambda one: one.value != form["choice"].value())
    classes = form.fields["classes"].queryset  # type: ignore[attr-defined]  # a field of models
    return {
        "form": form,
        "rows": [_instrument_row(one.instrument) | {"value": one.value} for one in choices],
        "classes": classes,
        "ways": [
            {"value": how, "label": label, "note": wording.WAY_NOTES[how]}
            for how, label in Round.How.choices
        ],
        "ticked": {str(pk) for pk in form["classes"].value() or []},
    }


def duty_choices(school_class: SchoolClass, at: datetime) -> QuerySet[User]:
    """Return who may be the adult of a lesson: people to whom a concern about this class may go."""
    on = today_in(school_class.school, at)
    on_duty = Q(is_duty=True) | Q(is_rostered=True)
    near = ~Q(role=Role.CLASS_TEACHER) | Q(school_class=school_class) | on_duty
    posts = with_duty(Post.objects.all(), at).filter(
        near,
        holds_on(on),
        school_id=school_class.school_id,
        role__in=roles_with(Permission.HANDLE_CONCERNS),
        user__is_active=True,
    )
    return User.objects.filter(pk__in=posts.order_by().values("user_id")).order_by("pk")


def lesson_page(
    round_: Round, school_class: SchoolClass, user: User, at: datetime
) -> dict[str, Any]:
    """Return the children of this lesson by name; without a lesson, those who have finished.

    It shows no answers.
    """
    on = today_in(round_.school, at)
    sitting = queries.sitting_now(round_, school_class, at)
    rows = [
        one for one in queries.progress_of(round_, at) if one.school_class.pk == school_class.pk
    ]
    seats = Seat.objects.filter(
        round=round_,
        school_class=school_class,
        student__in=students_visible_to(user, on).values("pk"),
    )
    if sitting is None:
        seats = seats.filter(finished_at__isnull=False)
    seats = seats.select_related("student").order_by("student__name_pinyin", "pk")
    return {
        "round": round_,
        "school_class": school_class,
        "name": wording.name_of(round_.edition.instrument),
        "is_over": not round_.is_open(on),
        "sitting": sitting,
        "tablet_code": _in_groups(sitting.tablet_code, 4) if sitting else "",
        "progress": rows[0],
        "left_out": rows[0].left_out,
        "people": duty_choices(school_class, at),
        "seats": [
            {
                "name": seat.student.name,
                "code": _in_groups(seat.code, 3),
                "state": "done" if seat.finished_at else "begun" if seat.begun_at else "waiting",
            }
            for seat in seats
        ],
        "out": 0 if sitting else queries.forms_out(round_, school_class),
    }


def _in_groups(code: str | None, size: int) -> str:
    """Group digits so that they can be read aloud; the page where they are typed accepts the spaces."""
    return " ".join(code[n : n + size] for n in range(0, len(code), size)) if code else ""


def done_row(to_do: ToDo) -> dict[str, Any]:
    """Return the row of Today after "I have done it" (components/work_row.html)."""
    return {
        "key": f"survey-to-do-{to_do.pk}",
        "name": to_do.seat.student.name,
        "url": page_above("child", to_do.seat.student_id),
        "why": _("Done. The counsellor sees it."),
        "when": "",
        "state": "done",
        "acts": [],
    }
