"""How a plan is told: to its owner, and to each party in plain words that name no case."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from core.days import short_day
from counselling.cases.actions import open_words
from counselling.models import Case, Measure
from counselling.plans import rules
from counselling.plans.queries import Standing, measures_of_plan, running_plan, standings
from counselling.plans.rules import Standing as State
from counselling.secrecy import KeyMissing, Tampered
from schools.policies import today_in

Party = Measure.Party
PARTIES = (Party.FAMILY, Party.SCHOOL, Party.VILLAGE)


def words_of(measure: Measure) -> str | None:
    """None where they do not open; nothing is overwritten then. Callers have asked the policy before."""
    try:
        return open_words(measure)
    except (KeyMissing, Tampered):
        return None


def plain_words(measure: Measure) -> str:
    """For the party itself."""
    words = words_of(measure)
    return (
        _("The words cannot be shown just now. Please ask the school.") if words is None else words
    )


def who_words(measure: Measure) -> str:
    """Who does it, as the owner and those who sign see it."""
    if measure.adult is not None:
        return measure.adult.name
    if measure.user is not None:
        return measure.user.name
    return _("Village worker of %(village)s") % {"village": measure.student.village or "—"}


def when_words(measure: Measure, today: date) -> str:
    """By 3 December; every week until 20 December."""
    day = short_day(measure.due_on, today)
    return {
        Measure.Rhythm.ONCE: _("by %(day)s"),
        Measure.Rhythm.WEEKLY: _("every week until %(day)s"),
        Measure.Rhythm.FORTNIGHTLY: _("every two weeks until %(day)s"),
        Measure.Rhythm.FOUR_WEEKLY: _("every four weeks until %(day)s"),
    }[Measure.Rhythm(measure.rhythm)] % {"day": day}


def state_words(one: Standing) -> str:
    """How it stands, for the owner."""
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
    """A measure on its owner's page."""
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
    """A measure at the door of the one who does it: what, by when, and whether it is ticked."""
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
    """The owner's row of Today; no word of what was agreed."""
    names = [party_name(party) for party in parties]
    return _("Something agreed has not been done yet: %(who)s.") % {"who": _(", ").join(names)}


def party_name(party: str) -> str:
    """Within a sentence."""
    return {
        Party.FAMILY: pgettext("party within a sentence", "the family"),
        Party.SCHOOL: pgettext("party within a sentence", "the school"),
        Party.VILLAGE: pgettext("party within a sentence", "the village"),
    }[Party(party)]


def plan_line(case: Case, at: datetime) -> str:
    """How the running plan stands, in one line and without a word of it; empty where there is none."""
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


def telling_text(found: Sequence[str]) -> str:
    return _(
        "“%(word)s” tells whoever reads along that there is more behind it. Write only what is to be done."
    ) % {"word": found[0]}


def tick_title(party: str) -> str:
    """On the timeline: that a party kept its part, never which."""
    return {
        Party.FAMILY: _("The family did what was agreed"),
        Party.SCHOOL: _("The school did what was agreed"),
        Party.VILLAGE: _("The village did what was agreed"),
    }[Party(party)]
