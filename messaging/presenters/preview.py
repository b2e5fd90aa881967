"""The next days in words: what comes because of what, and what does not and why."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from core.days import clock_time, near_dated_day, short_day
from delivery.presenters.taps import stock_words
from delivery.texts import CAUSES, cause_in_words
from guardians.hours import Hours, Shift
from guardians.models import Guardianship
from guardians.presenters import called
from messaging.models import FollowUp
from messaging.plans.forms import AdultRhythmForm
from messaging.plans.rules import OwnRhythm
from messaging.queries.preview import AdultNote, Coming, Preview
from schools.models import School
from students.models import Student

ROWS_OF_A_DAY = 12  # rows; the rest opens on demand

OCCASIONS = {
    "term_start": gettext_lazy("because term starts on %(day)s"),
    "exam": gettext_lazy("because of %(label)s on %(day)s"),
    "birthday": gettext_lazy("because the child's birthday is on %(day)s"),
    "parent_left": gettext_lazy("because a parent leaves on %(day)s"),
    "parent_back": gettext_lazy("because a parent comes home on %(day)s"),
    "marked": gettext_lazy("because of %(label)s on %(day)s"),
}
STEPS = {
    "ask_again": gettext_lazy("asked again"),
    "other_way": gettext_lazy("asked at another address"),
    "other_adult": gettext_lazy("another adult of the family is asked"),
    "tell_teacher": gettext_lazy("a task for the class teacher"),
}
# Of what is left out, in groups: more than one child may share each.
LEFT_OUT = {
    "not_yet": gettext_lazy("Talked or asked lately: the next question is due later"),
    "talked": gettext_lazy("They have talked: the next question is due later"),
    "paused": gettext_lazy("Paused by the school"),
    "holiday": gettext_lazy("Holiday: the question waits"),
    "asked_today": gettext_lazy("The adult has had a question that day"),
    "pause": gettext_lazy("The adult has a pause: the question waits some days"),
}


def next_days(found: Preview, school: School, at: datetime, *, alone: bool) -> dict[str, Any]:
    """`alone`: of one child, whose name need not be said again."""
    zone = ZoneInfo(school.time_zone)
    rows = [_row(one, school, at) for one in found.coming]
    rows = [row | {"children": []} for row in rows] if alone else _together(rows)
    days = [
        {"day": near_dated_day(on, timezone.localdate(at, zone)), **_cut(list(several))}
        for on, several in groupby(rows, key=lambda row: row["on"])
    ]
    return {
        "days": days,
        "count": sum(row["count"] for row in rows),
        "left_out": _alone_left_out(found, at) if alone else _left_out(found),
        "left_out_count": sum(len(one.students) for one in found.left_out),
    }


def _cut(rows: list[dict]) -> dict[str, Any]:
    cut = len(rows) if len(rows) == ROWS_OF_A_DAY + 1 else ROWS_OF_A_DAY
    return {"rows": rows[:cut], "rest": rows[cut:], "total": sum(row["count"] for row in rows)}


def _together(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Messages of one hour with one reason stand in one row, with all the children."""
    found: dict[tuple, dict[str, Any]] = {}
    for row in rows:
        same = tuple(row[name] for name in ("on", "time", "what", "because", "hour"))
        if same not in found:
            found[same] = row
            continue
        first = found[same]
        first["children"] = first["children"] + row["children"]
        first["count"] += row["count"]
        first["to"] = ""
    return list(found.values())


def _row(one: Coming, school: School, at: datetime) -> dict[str, Any]:
    zone = ZoneInfo(school.time_zone)
    local = timezone.localtime(one.at or at, zone)
    return {
        "on": local.date(),
        "time": clock_time(local),
        "count": 1,
        "children": [_child(student) for student in one.students],
        "to": _recipient(one),
        "what": _what(one),
        "because": _because(one, at),
        "hour": _hour(one, local),
    }


def _recipient(one: Coming) -> str:
    hidden = one.adult is None or one.rung in ("tell_teacher", "other_adult")
    return "" if hidden or one.adult is None else one.adult.name


def _child(student: Student) -> dict[str, str]:
    return {"name": student.name, "url": reverse("messaging:plan", args=[student.pk])}


def _what(one: Coming) -> str:
    if one.because == "step":
        return str(STEPS[one.rung])
    return _("a question")


def _because(one: Coming, at: datetime) -> str:
    if one.because == "step":
        had_not = one.is_not_yet
        return _("if they have not talked by then") if had_not else _("if nobody answers by then")
    if one.because in ("occasion", "question"):
        why = _occasion(one, at) if one.because == "occasion" else _rhythm(one, at)
        return pgettext("between parts of a line", ", ").join([why, *_instead_of(one, at)])
    return {
        "retry": _("because it did not get through; tried once more"),
        "again": _("because nobody has answered the first question"),
        "message": _("because the question is due and waits for a good hour"),
    }[one.because]


def _occasion(one: Coming, at: datetime) -> str:
    today = timezone.localdate(at)
    if one.occasion is None:  # brought forward already
        kind = one.read.plan.get_occasion_display() if one.read else ""
        return _("because of a date: %(kind)s") % {"kind": kind}
    values = {"day": short_day(one.occasion.on, today), "label": one.occasion.label}
    return str(OCCASIONS[one.occasion.kind]) % values


def _instead_of(one: Coming, at: datetime) -> list[str]:
    """Another parent would have come first, and has a pause."""
    if one.passed_by is None:
        return []
    adult, own = one.passed_by
    said = own_words(own, timezone.localdate(at))
    return [_("since %(name)s %(said)s") % {"name": adult.name, "said": said}] if said else []


def own_words(own: OwnRhythm, today: date) -> str:
    """What an adult's own rhythm says, after their name; "" where it says nothing now."""
    if own.is_paused(today) and own.paused_until:
        until = short_day(own.paused_until + timedelta(days=1), today)
        if own.by_family:
            return _("asked not to be asked before %(day)s") % {"day": until}
        return _("is not to be asked before %(day)s") % {"day": until}
    if own.every_days:
        words = ngettext(
            "is asked at most every day", "is asked at most every %(n)d days", own.every_days
        )
        return words % {"n": own.every_days}
    return ""


def _rhythm(one: Coming, at: datetime) -> str:
    facts = one.read.facts if one.read else None
    if facts is None or one.is_first:
        return _("because this family has not been asked yet")
    if facts.talked_on is None:
        return _("because no talk of child and parent is known")
    words = ngettext(
        "because the last talk was on %(day)s and a question comes every day",
        "because the last talk was on %(day)s and a question comes every %(n)d days",
        facts.every_days,
    )
    today = timezone.localdate(at)
    return words % {"day": short_day(facts.talked_on, today), "n": facts.every_days}


def _hour(one: Coming, local: datetime) -> str:
    """Why at this hour, and what the clock shows where the adult is, if it differs."""
    if one.hours is None or one.at is None or one.rung in ("tell_teacher", "other_adult"):
        return ""
    said = [_hour_reason(one, one.hours), _their_clock(one, one.hours, local)]
    return pgettext("between parts of a line", ", ").join(filter(None, said))


def _hour_reason(one: Coming, hours: Hours) -> str:
    if one.rung in ("quiet_hours", "good_hour", "cap", "provider_rests"):
        return cause_in_words(one.rung)
    if hours.quiet_from is not None:
        return _("outside the quiet hours that they named")
    if hours.shift in (Shift.NIGHT, Shift.ROTATING):
        return _("when they are awake, between shifts")
    return _("as soon as they are awake") if one.is_first else _("after work")


def _their_clock(one: Coming, hours: Hours, local: datetime) -> str:
    there = one.at.astimezone(hours.zone) if one.at else local
    if there.utcoffset() == local.utcoffset():
        return ""
    return _("%(time)s on their clock") % {"time": clock_time(there)}


def _left_out(found: Preview) -> list[dict[str, Any]]:
    groups: dict[str, list[Student]] = defaultdict(list)
    for one in found.left_out:
        groups[one.cause] += one.students
    ordered = sorted(groups, key=lambda cause: (cause in LEFT_OUT, -len(groups[cause])))
    return [
        {
            "why": _cause(cause),
            "count": len(groups[cause]),
            "children": [_child(student) for student in groups[cause]],
            "needs_somebody": cause not in LEFT_OUT,
        }
        for cause in ordered
    ]


def _alone_left_out(found: Preview, at: datetime) -> list[dict[str, Any]]:
    return [{"why": _sentence(one, at), "count": 0, "children": []} for one in found.left_out]


def _cause(cause: str) -> str:
    if cause in LEFT_OUT:
        return str(LEFT_OUT[cause])
    if cause in CAUSES:
        return cause_in_words(cause)
    return str(FollowUp.Cause(cause).label)


def _sentence(one: Coming, at: datetime) -> str:
    if one.read is None:
        return _cause(one.cause)
    plan, facts, today = one.read.plan, one.read.facts, timezone.localdate(at)
    due = short_day(plan.next_due_on, today)
    if one.cause == "paused" and plan.paused_until:
        words = _("No question, because the school has paused them until %(day)s: %(reason)s")
        until = short_day(plan.paused_until, today)
        return words % {"day": until, "reason": plan.paused_reason or _("no reason noted")}
    if one.cause in ("pause", "nobody_now") and facts.adults:
        return _pause_sentence(one, today)
    if one.cause in ("not_yet", "talked") and facts.talked_on:
        words = _("No question, because they talked on %(talked)s; the next one is due on %(due)s.")
        return words % {"talked": short_day(facts.talked_on, today), "due": _next_due(one, due)}
    if one.cause == "not_yet":
        return _("No question, because the next one is due on %(due)s only.") % {"due": due}
    return _("No question, because: %(why)s.") % {"why": _cause(one.cause)}


def _pause_sentence(one: Coming, today: date) -> str:
    adults = one.read.adults if one.read else {}
    asked = one.read.facts.adults if one.read else ()
    said = pgettext("between causes", "; ").join(
        _("%(name)s %(said)s")
        % {"name": adults[it.adult_id].name, "said": own_words(it.own, today)}
        for it in asked
    )
    if one.cause == "pause":
        return _("No question yet, because %(said)s. It waits for some days.") % {"said": said}
    return _("No question, because %(said)s. The class teacher gets a task.") % {"said": said}


def _next_due(one: Coming, due: str) -> str:
    facts = one.read.facts if one.read else None
    if facts is None or facts.talked_on is None:
        return due
    following = facts.talked_on.toordinal() + facts.every_days
    return short_day(max(date.fromordinal(following), facts.next_due_on), facts.talked_on)


def notes(found: Sequence[AdultNote], today: date) -> list[dict[str, str]]:
    return [
        {
            "name": note.held.adult.name,
            "relation": called(note.held),
            "why": own_words(note.held.adult.own_rhythm.rhythm, today)
            if note.cause == "own_pause"
            else cause_in_words(note.cause),
        }
        for note in found
    ]


def asked_adults(
    held: Sequence[Guardianship],
    stocks: Mapping[int, int],
    today: date,
    bound: AdultRhythmForm | None,
) -> list[dict[str, Any]]:
    """Each adult with what holds for them; `bound`: the form of one of them, as it was sent."""
    found = []
    for one in held:
        own = getattr(one.adult, "own_rhythm", None)
        is_bad = bound is not None and bound.adult.pk == one.adult_id
        form = bound if is_bad else AdultRhythmForm(None, adult=one.adult, today=today)
        is_paused = own is not None and own.rhythm.is_paused(today)
        found.append(
            {
                "adult": one.adult,
                "relation": called(one),
                "said": own_words(own.rhythm, today) if own else "",
                "reason": own.paused_reason if own and is_paused else "",
                "stock": stock_words(stocks[one.adult_id]) if one.adult_id in stocks else "",
                "form": form,
                "is_open": is_bad,
            }
        )
    return found
