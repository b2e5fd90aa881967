"""Lines about holidays on a family's card."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.addresses import address
from core.prepared import Question, prepared
from guardians.family_lines import FamilyLine
from guardians.models import Adult, Guardianship
from guardians.queries import current_guardianships
from reunions import rules
from reunions.models import ReunionPlan, Season
from reunions.presenters import plan_words, season_title
from reunions.queries import seasons_ahead

ORDER_PLAN, ORDER_TOGETHER = 45, 90


def family_lines(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """Return, by child, a parent's own plan for the next holidays or a link to make one, all year.

    Three queries for any number of children.
    """
    on, adult_ids = timezone.localdate(at), [adult.pk for adult in adults]
    seasons: dict[int, Season] = {}
    for season in _seasons(school_ids={a.school_id for a in adults}, on=on):
        seasons.setdefault(season.school_id, season)
    plans = {
        (plan.student_id, plan.season_id): plan
        for plan in _plans(adult_ids=adult_ids, student_ids=student_ids)
    }
    return {
        student_id: [
            _line(student_id, seasons.get(school_id), plans, on),
            FamilyLine(
                _("Living together again: what does it take?"),
                address("family_reunions:topics", student_id),
                "house",
                order=ORDER_TOGETHER,
            ),
        ]
        for student_id, school_id in _as_parents(
            adult_ids=adult_ids, student_ids=student_ids, on=on
        )
    }


def questions(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> list[Question]:
    """Return the prepared queries that `family_lines` runs, for `ask_together`."""
    on, adult_ids = timezone.localdate(at), [adult.pk for adult in adults]
    return [
        _seasons.question(school_ids={adult.school_id for adult in adults}, on=on),
        _as_parents.question(adult_ids=adult_ids, student_ids=student_ids, on=on),
        _plans.question(adult_ids=adult_ids, student_ids=student_ids),
    ]


@prepared
def _plans(*, adult_ids, student_ids) -> QuerySet[ReunionPlan]:
    """Select plans of all seasons; there are few, so we need not know first which season is next."""
    return ReunionPlan.objects.filter(adult__in=adult_ids, student__in=student_ids)


@prepared
def _as_parents(*, adult_ids, student_ids, on) -> QuerySet[Any]:
    rows = current_guardianships(on).filter(
        adult__in=adult_ids, student__in=student_ids, kind=Guardianship.Kind.PARENT
    )
    return rows.values_list("student_id", "school_id")


@prepared
def _seasons(*, school_ids, on) -> QuerySet[Season]:
    return seasons_ahead(school_ids, on)


def _line(student_id: int, season: Season | None, plans: dict, on: date) -> FamilyLine:
    url = address("family_reunions:home", student_id)
    if season is None:
        return FamilyLine(_("Holidays: when are you together?"), url, "house", order=ORDER_PLAN)
    plan = plans.get((student_id, season.pk))
    if plan is None or plan.travel == ReunionPlan.Travel.OPEN:
        if season.starts_on > on + timedelta(days=rules.ASK_DAYS_BEFORE):
            text = _("%(holiday)s: when are you together?") % {"holiday": season_title(season)}
            return FamilyLine(text, url, "house", order=ORDER_PLAN)
        text = _("The holidays are coming. Who is coming home?")
        return FamilyLine(
            text, url, "house", _("Tell us your plans"), is_due=True, order=ORDER_PLAN
        )
    if plan.travel == ReunionPlan.Travel.COMES and plan.arrives_on and plan.arrives_on > on:
        nights = rules.nights_until(plan.arrives_on, on)
        text = ngettext("%(n)d night until you are home", "%(n)d nights until you are home", nights)
        return FamilyLine(text % {"n": nights}, url, "house", order=ORDER_PLAN)
    told = {"holiday": season_title(season), "plan": plan_words(plan)}
    text = _("%(holiday)s: %(plan)s") % told
    return FamilyLine(text, url, "house", order=ORDER_PLAN)
