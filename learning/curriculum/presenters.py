"""Text about lessons of classes: the term as a table, one week of a class, what became of a lesson."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from core import languages
from core.days import near_day, short_day
from core.weeks import monday_of
from learning.curriculum import policies, queries, rules
from learning.curriculum.models import NotHeld, PlannedLesson
from learning.models import Lesson
from learning.presenters import audience_words, picture_url
from schools.models import School, SchoolClass
from schools.policies import Viewer
from schools.roles import Permission
from students.models import Student


def week_words(week_on: date, on: date) -> str:
    if week_on == monday_of(on):
        return _("this week")
    return _("week of %(day)s") % {"day": short_day(week_on, on)}


def state_of(planned: PlannedLesson, on: date) -> dict[str, str]:
    """Return label and look of what became of it: held, not held, taken back, not recorded yet, to come."""
    if planned.held_on is not None:
        return {"look": "held", "word": pgettext("of a lesson", "held")}
    if planned.not_held:
        return {"look": "not", "word": _("not held")}
    if not planned.is_out:
        return {"look": "gone", "word": _("taken back")}
    if planned.week_on < monday_of(on):
        return {"look": "open", "word": _("held or not?")}
    return {"look": "", "word": ""}


def _cell(planned: PlannedLesson | None, school_class: SchoolClass, week_on: date, viewer: Viewer):
    found: dict[str, Any] = {"class": school_class, "url": ""}
    if planned is not None:
        found["topic"] = planned.lesson.text(languages.active())["topic"]
        found["state"] = state_of(planned, viewer.on)
        found["url"] = reverse("learning:planned", args=[planned.pk])
    elif week_on >= rules.asked_weeks(viewer.on)[0] and viewer.can(Permission.RELEASE_LESSONS):
        found["plan_url"] = plan_url(school_class, week_on)
    return found


def plan_url(school_class: SchoolClass, week_on: date) -> str:
    return reverse("learning:plan_week", args=[school_class.pk, week_on.isoformat()])


def of_term(school: School, viewer: Viewer, class_key: int | None) -> dict[str, Any]:
    """Return the term as a table: weeks down, classes across; with `class_key` only that class.

    The number of queries does not depend on that of classes.
    """
    term = queries.term_to_plan(school, viewer.on)
    may_plan = viewer.can(Permission.RELEASE_LESSONS)
    empty: dict[str, Any] = {"term": term, "may_plan": may_plan, "classes": []}
    if term is None:
        return empty
    classes = list(policies.classes_seen_by(viewer.user, queries.classes_of(term), viewer.on))
    shown = [one for one in classes if one.pk == class_key] or classes
    rows = queries.planned_in(
        [one.pk for one in shown], rules.weeks_of(term.starts_on, term.ends_on)
    )
    planned = {(one.school_class_id, one.week_on): one for one in rows}
    weeks = [
        {
            "number": number,
            "day": short_day(week_on, viewer.on),
            "is_now": week_on == monday_of(viewer.on),
            "is_over": week_on < rules.asked_weeks(viewer.on)[0],
            "cells": [_cell(planned.get((one.pk, week_on)), one, week_on, viewer) for one in shown],
        }
        for number, week_on in enumerate(rules.weeks_of(term.starts_on, term.ends_on), 1)
    ]
    held = sum(1 for one in rows if one.held_on is not None)
    words = ngettext(
        "%(n)d lesson planned, %(held)d held", "%(n)d lessons planned, %(held)d held", len(rows)
    )
    return empty | {
        "classes": classes,
        "shown": shown,
        "chosen": shown[0] if len(shown) == 1 and len(classes) > 1 else None,
        "weeks": [one for one in weeks if not one["is_over"]],
        "over": [one for one in weeks if one["is_over"]],
        "summary": words % {"n": len(rows), "held": held},
        "can_choose": queries.has_lessons(school),
    }


def of_week(
    school_class: SchoolClass,
    week_on: date,
    planned: PlannedLesson | None,
    lessons: Collection[Lesson],
    others: Collection[SchoolClass],
    had: dict[int, date],
    viewer: Viewer,
) -> dict[str, Any]:
    """Return lessons for the grade first. `had`: lesson id → the week in which the class already has it."""
    grade = school_class.grade.number

    def option(one: Lesson) -> dict[str, Any]:
        text = one.text(languages.active())
        return {
            "pk": one.pk,
            "title": text["title"],
            "aim": text["aim"],
            "audience": audience_words(one),
            "had": week_words(had[one.pk], viewer.on) if one.pk in had else "",
            "is_chosen": planned is not None and planned.lesson_id == one.pk,
        }

    fits = [one for one in lessons if one.fits_grade(grade)]
    return {
        "school_class": school_class,
        "week": week_words(week_on, viewer.on),
        "planned": planned,
        "fitting": [option(one) for one in fits],
        "unfitting": [option(one) for one in lessons if one not in fits],
        "others": others,
    }


def of_planned(
    planned: PlannedLesson, children: Collection[Student], viewer: Viewer, *, may_record: bool
) -> dict[str, Any]:
    lesson = planned.lesson
    return {
        "planned": planned,
        "lesson": lesson,
        "text": lesson.text(languages.active()),
        "picture_url": picture_url(lesson),
        "audience": audience_words(lesson),
        "school_class": planned.school_class,
        "week": week_words(planned.week_on, viewer.on),
        "held": near_day(planned.held_on, viewer.on) if planned.held_on else "",
        "has_begun": planned.week_on <= viewer.on,
        "today": viewer.on.isoformat(),
        "reasons": NotHeld.choices,
        "children": children,
        "may_record": may_record,
        "may_plan": viewer.can(Permission.RELEASE_LESSONS),
        "plan_url": plan_url(planned.school_class, planned.week_on),
    }
