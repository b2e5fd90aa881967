"""What the owner's page of a plan and its prints show, ready for the templates."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from accounts.actions import record_access
from accounts.models import User
from core.days import short_day
from counselling.cases import policies as case_policies
from counselling.models import Case, Measure, SupportPlan
from counselling.plans import looks, policies, presenters, queries, rules
from counselling.plans.forms import AskForm, LookForm, MeasureForm, ReviewForm
from counselling.plans.rules import Look
from safeguarding.queries import class_names
from schools.policies import today_in

REVIEW_DAYS = 28  # what the form suggests: four weeks
ALL = "all"  # the print that all three sign


def plan_context(case: Case, user: User, at: datetime, ip: str | None) -> dict[str, Any]:
    """The whole plan, opened: a reading that stands in the access log."""
    note_reading(case, user, ip, "plan")
    plan, today = queries.running_plan(case), today_in(case.school, at)
    lines = _lines(plan, case, at)
    is_kept = _is_kept(case, user, at)
    return {
        "case": case,
        "plan": plan,
        "class_name": class_names([case.student_id], at).get(case.student_id, ""),
        "is_kept": is_kept,
        "guest": case_policies.is_guest(user, case, today),
        "is_new": any(one["measure"].shared_at is None for one in lines),
        "is_shown": any(one["measure"].shared_at is not None for one in lines),
        "parties": [_party(party, lines, case, at, is_kept) for party in presenters.PARTIES],
        "prints": [] if plan and looks.is_held(plan, at) else prints(plan),
        "before": [_before(one, at) for one in queries.plans_before(case)],
        "review_form": ReviewForm(
            today=today,
            initial={"review_on": _suggested(plan, today)},
        ),
        **_look_context(plan, case, user, at, is_kept),
        "is_review_due": bool(plan and plan.review_on and plan.review_on <= today),
    }


def _look_context(
    plan: SupportPlan | None, case: Case, user: User, at: datetime, is_kept: bool
) -> dict[str, Any]:
    """What the second person has said, and the forms of both."""
    if plan is None:
        return {}
    now = looks.looked(plan, at)
    may_agree = not is_kept and case_policies.may_agree(user, case, at)
    asks = now.look in (Look.TO_ASK, Look.SENT_BACK, Look.WAITING, Look.UNANSWERED)
    is_asked = now.asked is not None and not looks.is_shown(plan)
    return {
        "looked": now,
        "look_words": looks.words_of(now.answer),
        "ask_form": ask_form(case, at) if is_kept and asks else None,
        "look_form": LookForm(initial={"mark": now.mark})
        if may_agree and asks and is_asked
        else None,
    }


def ask_form(case: Case, at: datetime, data=None) -> AskForm:
    people = case_policies.people_to_agree(case, today_in(case.school, at))
    return AskForm(data, people=people, auto_id="ask_%s")


def note_reading(case: Case, user: User, ip: str | None, what: str) -> None:
    record_access(
        by=user,
        school_id=case.school_id,
        student_ids=[case.student_id],
        what=f"case {case.pk} {what}",
        ip=ip,
    )


def _is_kept(case: Case, user: User, at: datetime) -> bool:
    return case.closed_at is None and case_policies.can_keep(user, case, at)


def _suggested(plan: SupportPlan | None, today):
    ahead = plan.review_on if plan and plan.review_on and plan.review_on > today else None
    return ahead or today + timedelta(days=REVIEW_DAYS)


def _lines(plan: SupportPlan | None, case: Case, at: datetime) -> list[dict[str, Any]]:
    if plan is None:
        return []
    found = queries.standings(queries.measures_of_plan(plan), today_in(case.school, at))
    return [presenters.line(one) for one in found]


def _party(party, lines, case: Case, at: datetime, is_kept: bool) -> dict[str, Any]:
    form = measure_form(case, party, at) if is_kept else None
    return {
        "party": party,
        "label": party.label,
        "lines": [one for one in lines if one["measure"].party == party],
        "form": form,
        "unfit": _unfit(case, party, form, at),
    }


def measure_form(case: Case, party: str, at: datetime, data=None) -> MeasureForm:
    today = today_in(case.school, at)
    return MeasureForm(
        data,
        party=party,
        today=today,
        adults=policies.adults_to_ask(case.student, today),
        users=policies.colleagues_to_ask(case, today),
        initial={"key": uuid.uuid4(), "due_on": today + timedelta(days=7)},
    )


def _unfit(case: Case, party: str, form: MeasureForm | None, at: datetime) -> str:
    """Why nothing can be asked of this party just now."""
    if party == Measure.Party.VILLAGE and not policies.village_may_know(case.student, at):
        return "village"
    if party == Measure.Party.FAMILY and form and not form.fields["adult"].queryset.exists():  # type: ignore[attr-defined]
        return "family"
    return ""


def _before(plan: SupportPlan, at: datetime) -> dict[str, Any]:
    today, ended_on = today_in(plan.school, at), today_in(plan.school, plan.ended_at)
    shown = plan.was_shown  # type: ignore[attr-defined]
    sums = [rules.kept(queries.facts_of(one), ended_on) for one in shown]
    return {
        "from": short_day(today_in(plan.school, plan.made_at), today),
        "until": short_day(today_in(plan.school, plan.ended_at), today),
        "kept": sum(kept for kept, _of in sums),
        "of": sum(of for _kept, of in sums),
    }


def sheets(plan: SupportPlan, wanted: str, at: datetime) -> list[dict[str, Any]]:
    """One sheet with all parties, or of a single party: what each signs. Of the family each adult has a
    sheet: not all of them are to read what the others do.
    """
    lines = [presenters.line(one) for one in _signed(plan, today_in(plan.school, at))]
    if wanted != Measure.Party.FAMILY:
        return [_sheet(plan, lines, wanted, at)]
    of_family = [one for one in lines if one["measure"].party == wanted]
    adults = dict.fromkeys(one["measure"].adult_id for one in of_family)
    return [
        _sheet(plan, [one for one in of_family if one["measure"].adult_id == pk], wanted, at)
        for pk in adults
    ] or [_sheet(plan, [], wanted, at)]


def _sheet(
    plan: SupportPlan, lines: list[dict[str, Any]], wanted: str, at: datetime
) -> dict[str, Any]:
    case = plan.case
    parties = presenters.PARTIES if wanted == ALL else [Measure.Party(wanted)]
    parts = [
        {"label": party.label, "lines": [one for one in lines if one["measure"].party == party]}
        for party in parties
    ]
    return {
        "name": case.student.name,
        "class_name": class_names([case.student_id], at).get(case.student_id, ""),
        "parts": [part for part in parts if part["lines"]],
    }


def _signed(plan: SupportPlan, on) -> list[queries.Standing]:
    """Without what a party may not have any more."""
    return queries.standings(policies.still_theirs(queries.measures_of_plan(plan), on), on)


def prints(plan: SupportPlan | None) -> list[tuple[str, str]]:
    """(key, label) of the prints that have something on them."""
    if plan is None:
        return []
    had = set(queries.measures_of_plan(plan).values_list("party", flat=True))
    return [(party.value, str(party.label)) for party in presenters.PARTIES if party in had]
