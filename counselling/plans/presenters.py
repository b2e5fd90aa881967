"""Plans in words: on the owner's page, on the prints, and for each party.

The text for parties mentions no case.
"""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.actions import record_access
from accounts.models import User
from core.days import short_day
from counselling.cases import policies as case_policies
from counselling.cases.actions import open_words
from counselling.models import Case, Measure, SupportPlan
from counselling.plans import looks, policies, queries, rules
from counselling.plans.forms import AskForm, LookForm, MeasureForm, ReviewForm
from counselling.plans.queries import Standing, measures_of_plan, running_plan, standings
from counselling.plans.rules import Look
from counselling.plans.rules import Standing as State
from counselling.secrecy import KeyMissing, Tampered
from safeguarding.queries import class_names
from schools.policies import today_in

Party = Measure.Party
PARTIES = (Party.FAMILY, Party.SCHOOL, Party.VILLAGE)
REVIEW_DAYS = 28  # days suggested by the form: four weeks
ALL = "all"  # the print for all three to sign


def words_of(measure: Measure) -> str | None:
    """Return the text, or None if it cannot be opened; nothing is overwritten then.

    Callers have applied the policy before.
    """
    try:
        return open_words(measure)
    except (KeyMissing, Tampered):
        return None


def plain_words(measure: Measure) -> str:
    """Return the text for the party itself."""
    words = words_of(measure)
    return (
        _("The words cannot be shown just now. Please ask the school.") if words is None else words
    )


def who_words(measure: Measure) -> str:
    """Return the name of the person who does it, as the owner and the signers see it."""
    if measure.adult is not None:
        return measure.adult.name
    if measure.user is not None:
        return measure.user.name
    return _("Village worker of %(village)s") % {"village": measure.student.village or "—"}


def when_words(measure: Measure, today: date) -> str:
    """Return "by 3 December" or "every week until 20 December"."""
    day = short_day(measure.due_on, today)
    return {
        Measure.Rhythm.ONCE: _("by %(day)s"),
        Measure.Rhythm.WEEKLY: _("every week until %(day)s"),
        Measure.Rhythm.FORTNIGHTLY: _("every two weeks until %(day)s"),
        Measure.Rhythm.FOUR_WEEKLY: _("every four weeks until %(day)s"),
    }[Measure.Rhythm(measure.rhythm)] % {"day": day}


def state_words(one: Standing) -> str:
    """Return the state of the measure, for the owner."""
    if one.measure.shared_at is None:
        return _("not shown yet")
    if one.measure.rhythm == Measure.Rhythm.ONCE:
        if one.state is State.DONE:
            return pgettext("a measure", "done")
        is_late = one.state is State.LATE
        return pgettext("a measure", "late") if is_late else pgettext("a measure", "open")
    kept, times = one.kept
    said = ngettext("%(kept)d of %(n)d time", "%(kept)d of %(n)d times", times)
    words = said % {"kept": kept, "n": times}
    return (
        _("%(kept)s, the last one is missing") % {"kept": words}
        if one.state is State.LATE
        else words
    )


def line(one: Standing) -> dict[str, Any]:
    """Return a measure as the owner's page shows it."""
    return {
        "measure": one.measure,
        "words": words_of(one.measure),
        "who": who_words(one.measure),
        "when": when_words(one.measure, one.on),
        "state": state_words(one),
        "is_late": one.state is State.LATE and one.measure.shared_at is not None,
        "is_done": one.state in (State.DONE, State.DONE_NOW),
        "may_tick": one.measure.shared_at is not None and one.state in rules.OPEN,
    }


def own_line(one: Standing) -> dict[str, Any]:
    """Return a measure for the person who does it: what, by when, and whether it is ticked."""
    is_done = one.state in (State.DONE, State.DONE_NOW)
    return {
        "pk": one.measure.pk,
        "child": one.measure.student.given_name,
        "name": one.measure.student.name,
        "words": plain_words(one.measure),
        "when": when_words(one.measure, one.on),
        "until": own_until(one),
        "is_late": one.state is State.LATE,
        "is_done": is_done,
        "done_words": done_words(one) if is_done else "",
        "may_tick": one.state in rules.OPEN,
    }


def own_until(one: Standing) -> str:
    if one.state is State.LATE and one.measure.rhythm == Measure.Rhythm.ONCE:
        late = (one.on - one.measure.due_on).days
        words = ngettext("It was due %(days)d day ago", "It was due %(days)d days ago", late)
        return words % {"days": late}
    if one.measure.rhythm == Measure.Rhythm.ONCE:
        return ""
    if one.state in (State.WAITING, State.LATE):
        return _("This time by %(day)s") % {"day": short_day(one.ends_on, one.on)}
    return ""


def done_words(one: Standing) -> str:
    if one.state is State.DONE:
        return _("It is done. Thank you.")
    return _("Done for this time. Thank you.")


def late_words(parties: Sequence[str]) -> str:
    """Return the text of the owner's row on Today; it does not say what was agreed."""
    names = [party_name(party) for party in parties]
    return _("Something agreed has not been done yet: %(who)s.") % {"who": _(", ").join(names)}


def party_name(party: str) -> str:
    """Return the party's name for use within a sentence."""
    return {
        Party.FAMILY: pgettext("party within a sentence", "the family"),
        Party.SCHOOL: pgettext("party within a sentence", "the school"),
        Party.VILLAGE: pgettext("party within a sentence", "the village"),
    }[Party(party)]


def plan_line(case: Case, at: datetime) -> str:
    """Return the state of the running plan in one line, without the text of its measures.

    "" if there is none.
    """
    plan = running_plan(case)
    if plan is None:
        return ""
    found = standings(measures_of_plan(plan), today_in(case.school, at))
    shown = [one for one in found if one.measure.shared_at]
    if not shown:
        return _("Draft: nobody has been shown it yet.")
    late = {one.measure.party for one in shown if one.state is State.LATE}
    if late:
        return late_words([party for party in PARTIES if party in late])
    n = len(shown)
    return ngettext("%(n)d thing agreed, nothing late", "%(n)d things agreed, nothing late", n) % {
        "n": n
    }


def tick_title(party: str) -> str:
    """Return the title of a timeline entry: which party kept its part, but not what that part is."""
    return {
        Party.FAMILY: _("The family did what was agreed"),
        Party.SCHOOL: _("The school did what was agreed"),
        Party.VILLAGE: _("The village did what was agreed"),
    }[Party(party)]


def plan_context(case: Case, user: User, at: datetime, ip: str | None) -> dict[str, Any]:
    """Open the whole plan and record the reading in the access log."""
    note_reading(case, user, ip, "plan")
    plan, today = queries.running_plan(case), today_in(case.school, at)
    measures = queries.standings(queries.measures_of_plan(plan), today) if plan else []
    lines = [line(one) for one in measures]
    is_kept = case.closed_at is None and case_policies.can_keep(user, case, at)
    ahead = plan.review_on if plan and plan.review_on and plan.review_on > today else None
    return {
        "case": case,
        "plan": plan,
        "class_name": class_names([case.student_id], at).get(case.student_id, ""),
        "is_kept": is_kept,
        "guest": case_policies.is_guest(user, case, today),
        "is_new": any(one["measure"].shared_at is None for one in lines),
        "is_shown": any(one["measure"].shared_at is not None for one in lines),
        "parties": [_party(party, lines, case, at, is_kept) for party in PARTIES],
        "prints": [] if plan and looks.is_held(plan, at) else prints(plan),
        "before": [_before(one, at) for one in queries.plans_before(case)],
        "review_form": ReviewForm(
            today=today,
            initial={"review_on": ahead or today + timedelta(days=REVIEW_DAYS)},
        ),
        **_look_context(plan, case, user, at, is_kept),
        "is_review_due": bool(plan and plan.review_on and plan.review_on <= today),
    }


def _look_context(
    plan: SupportPlan | None, case: Case, user: User, at: datetime, is_kept: bool
) -> dict[str, Any]:
    """Return what the second person has said, and the forms for asking and answering."""
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


def _party(party, lines, case: Case, at: datetime, is_kept: bool) -> dict[str, Any]:
    form = measure_form(case, party, at) if is_kept else None
    # Why this party cannot get a measure now.
    if party == Measure.Party.VILLAGE and not policies.village_may_know(case, at):
        unfit = "village"
    elif party == Measure.Party.FAMILY and form:
        adults = form.fields["adult"].queryset  # type: ignore[attr-defined]  # a field of models
        unfit = "" if adults.exists() else "family"
    else:
        unfit = ""
    return {
        "party": party,
        "label": party.label,
        "lines": [one for one in lines if one["measure"].party == party],
        "form": form,
        "unfit": unfit,
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


def _before(plan: SupportPlan, at: datetime) -> dict[str, Any]:
    today, ended_on = today_in(plan.school, at), today_in(plan.school, plan.ended_at)
    shown = plan.was_shown  # type: ignore[attr-defined]  # annotated
    sums = [rules.kept(queries.facts_of(one), ended_on) for one in shown]
    return {
        "from": short_day(today_in(plan.school, plan.made_at), today),
        "until": short_day(today_in(plan.school, plan.ended_at), today),
        "kept": sum(kept for kept, _of in sums),
        "of": sum(of for _kept, of in sums),
    }


def sheets(plan: SupportPlan, wanted: str, at: datetime) -> list[dict[str, Any]]:
    """Return one sheet with all parties, or the sheets of a single party, for signature.

    Each adult of a family has a separate sheet, because not all of them may read what the others do.
    """
    on = today_in(plan.school, at)
    # Leave out what a party may no longer have.
    theirs = policies.still_theirs(queries.measures_of_plan(plan), on)
    lines = [line(one) for one in queries.standings(theirs, on)]
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
    parties = PARTIES if wanted == ALL else [Measure.Party(wanted)]
    parts = [
        {"label": party.label, "lines": [one for one in lines if one["measure"].party == party]}
        for party in parties
    ]
    return {
        "name": case.student.name,
        "class_name": class_names([case.student_id], at).get(case.student_id, ""),
        "parts": [part for part in parts if part["lines"]],
    }


def prints(plan: SupportPlan | None) -> list[tuple[str, str]]:
    """Return (key, label) of the prints that are not empty."""
    if plan is None:
        return []
    had = set(queries.measures_of_plan(plan).values_list("party", flat=True))
    return [(party.value, str(party.label)) for party in PARTIES if party in had]
