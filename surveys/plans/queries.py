"""The plan of a round that is too large, and parts that wait."""

from collections import Counter
from collections.abc import Collection
from datetime import date, datetime

from django.db.models import QuerySet

from core.prepared import prepared
from schools.models import School, SchoolClass, Term
from schools.policies import today_in
from schools.queries import year_on
from surveys import queries
from surveys.asked import asked_of
from surveys.models import PlannedRound
from surveys.plans import rules
from surveys.rules import children_that_fit


def plan_of(
    *,
    school: School,
    choice: str,
    how: str,
    classes: Collection[SchoolClass],
    due_on: date,
    talks_per_week: int,
    at: datetime,
) -> rules.Plan:
    """Return the parts of these classes as things are today, inside the school year."""
    on = today_in(school, at)
    chosen = next(one for one in queries.choices_for(school) if one.value == choice)
    ordered = SchoolClass.objects.filter(pk__in=[one.pk for one in classes]).select_related("grade")
    ordered = ordered.order_by("grade__number", "number")
    children = Counter(
        class_id
        for _child, class_id in {
            (form.student_id, form.class_id)
            for form in asked_of(ordered, chosen.instrument, how, school, at)
        }
    )
    terms = Term.objects.filter(year=year_on(school, on))
    return rules.plan(
        [rules.ClassLoad(one.pk, one.grade.number, children[one.pk]) for one in ordered],
        children_that_fit(chosen.instrument, talks_per_week),
        on,
        due_on,
        list(terms.values_list("starts_on", "ends_on")),
    )


@prepared
def parts_due(*, school_ids, on) -> QuerySet[PlannedRound]:
    return waiting().filter(school_id__in=school_ids, opens_on__lte=on)


def waiting() -> QuerySet[PlannedRound]:
    """Return parts that nobody has opened or dropped, the next first."""
    rows = PlannedRound.objects.filter(round=None, dropped_at=None)
    return rows.order_by("opens_on", "pk")
