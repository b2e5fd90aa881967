"""Lines about holidays for a family."""

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.prepared import prepared
from guardians.family_lines import FamilyLine
from guardians.models import Adult, Guardianship
from guardians.queries import current_guardianships
from reunions import rules
from reunions.models import ReunionPlan, Season
from reunions.queries import seasons_ahead


def family_lines(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """Return, by child, the nights until the parent is home or the question who is coming; two queries."""
    on = timezone.localdate(at)
    seasons = {s.school_id: s for s in _seasons(school_ids={a.school_id for a in adults}, on=on)}
    if not seasons:
        return {}
    plans = {
        (plan.student_id, plan.season_id): plan
        for plan in ReunionPlan.objects.filter(
            season__in=seasons.values(), adult__in=adults, student_id__in=student_ids
        )
    }
    parents = current_guardianships(on).filter(
        adult__in=adults, student_id__in=student_ids, kind=Guardianship.Kind.PARENT
    )
    return {
        row.student_id: [_line(row.student_id, season, plans, on)]
        for row in parents
        if (season := seasons.get(row.school_id))
    }


@prepared
def _seasons(*, school_ids, on) -> QuerySet[Season]:
    return seasons_ahead(school_ids, on)


def _line(student_id: int, season: Season, plans: dict, on: date) -> FamilyLine:
    plan = plans.get((student_id, season.pk))
    url = reverse("family_reunions:home", args=[student_id])
    if plan is None or plan.travel == ReunionPlan.Travel.OPEN:
        text = _("The holidays are coming. Who is coming home?")
        return FamilyLine(text, url, "house", _("Tell us your plans"), is_due=True, order=40)
    if plan.travel == ReunionPlan.Travel.COMES and plan.arrives_on and plan.arrives_on > on:
        nights = rules.nights_until(plan.arrives_on, on)
        text = ngettext("%(n)d night until you are home", "%(n)d nights until you are home", nights)
        return FamilyLine(text % {"n": nights}, url, "house", order=40)
    return FamilyLine(str(season.get_kind_display()), url, "house", order=60)
