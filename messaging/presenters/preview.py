"""The next days in words: what we send and why, and what we do not send and why not."""

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
from guardians.hours import Shift
from guardians.models import Guardianship
from guardians.presenters import called
from messaging.models import FollowUp
from messaging.plans.forms import AdultRhythmForm
from messaging.plans.rules import OwnRhythm
from messaging.queries.preview import AdultNote, MessageAhead, Preview
from schools.models import School
from students.models import Student

ROWS_OF_A_DAY = 6  # rows; the rest is shown on demand
# Messages that have these in common share one row, with all the children.
SAME_ROW = ("on", "time", "what", "because", "hour")
WITHOUT_ADULT = ("tell_teacher", "other_adult")  # steps that do not go to the adult asked first

OCCASIONS = {
    "term_start": gettext_lazy("because term starts on %(day)s"),
    "exam": gettext_lazy("because of %(label)s on %(day)s"),
    "birthday": gettext_lazy("because the child's birthday is on %(day)s"),
    "parent_left": gettext_lazy("because a parent leaves on %(day)s"),
    "parent_back": gettext_lazy("because a parent comes home on %(day)s"),
    "marked": gettext_lazy("because of %(label)s on %(day)s"),
}
BECAUSE = {
    "retry": gettext_lazy("because it did not get through; we try again"),
    "again": gettext_lazy("because nobody has answered the first question"),
    "message": gettext_lazy("because the question is due and waits for a good hour"),
}
STEPS = {
    "ask_again": gettext_lazy("asked again"),
    "other_way": gettext_lazy("asked at another address"),
    "other_adult": gettext_lazy("another adult of the family is asked"),
    "tell_teacher": gettext_lazy("a task for the class teacher"),
}
# Causes of what is left out, as headings of groups: several children may share each.
LEFT_OUT = {
    "not_yet": gettext_lazy("Talked or asked lately: the next question is due later"),
    "talked": gettext_lazy("They have talked: the next question is due later"),
    "class_waits": gettext_lazy("The questions of the class have not begun yet"),
    "paused": gettext_lazy("Paused by the school"),
    "holiday": gettext_lazy("Holiday: the question waits"),
    "asked_today": gettext_lazy("The adult already has a question that day"),
    "pause": gettext_lazy("The adult has paused questions: the question waits a few days"),
}


def next_days(
    found: Preview, school: School, at: datetime, *, of_one_child: bool
) -> dict[str, Any]:
    """Return the context of the page. The page of one child (`of_one_child`) does not repeat the name."""
    zone = ZoneInfo(school.time_zone)
    rows: dict[tuple, dict[str, Any]] = {}
    for number, one in enumerate(found.ahead):
        row = _row(one, zone, at)
        same = (number,) if of_one_child else tuple(row[name] for name in SAME_ROW)
        if same in rows:
            rows[same]["children"] += row["children"]
            rows[same]["count"] += 1
            rows[same]["to"] = ""
        else:
            rows[same] = row | ({"children": []} if of_one_child else {})
    days = []
    for on, several in groupby(rows.values(), key=lambda row: row["on"]):
        of_day = list(several)
        cut = len(of_day) if len(of_day) == ROWS_OF_A_DAY + 1 else ROWS_OF_A_DAY
        days.append(
            {
                "day": near_dated_day(on, timezone.localdate(at, zone)),
                "rows": of_day[:cut],
                "rest": of_day[cut:],
                "total": sum(row["count"] for row in of_day),
            }
        )
    return {
        "days": days,
        "count": len(found.ahead),
        "left_out": _left_out(found, at, of_one_child=of_one_child),
        "left_out_count": sum(len(one.students) for one in found.left_out),
    }


def _row(one: MessageAhead, zone: ZoneInfo, at: datetime) -> dict[str, Any]:
    local = timezone.localtime(one.at or at, zone)
    # Why at this time, and the local time of the adult if it differs.
    hour = []
    if one.hours is not None and one.at is not None and one.rung not in WITHOUT_ADULT:
        there = one.at.astimezone(one.hours.zone)
        if one.rung in ("quiet_hours", "good_hour", "cap", "provider_rests"):
            hour.append(cause_in_words(one.rung))
        elif one.hours.quiet_from is not None:
            hour.append(_("outside the quiet hours they set"))
        elif one.hours.shift in (Shift.NIGHT, Shift.ROTATING):
            hour.append(_("when they are awake, between shifts"))
        elif there.time() < one.hours.evening(there.date())[0]:
            hour.append(_("as soon as they are awake"))
        else:
            hour.append(_("after work"))
        if there.utcoffset() != local.utcoffset():
            hour.append(_("%(time)s on their clock") % {"time": clock_time(there)})
    to = one.adult.name if one.adult and one.rung not in WITHOUT_ADULT else ""
    return {
        "on": local.date(),
        "time": clock_time(local),
        "count": 1,
        "children": [_child(student) | {"to": to} for student in one.students],
        "to": to,
        "what": str(STEPS[one.rung]) if one.because == "step" else _("a question"),
        "because": _because(one, at),
        "hour": pgettext("between parts of a line", ", ").join(hour),
    }


def _child(student: Student) -> dict[str, str]:
    return {"name": student.name, "url": reverse("messaging:plan", args=[student.pk])}


def _because(one: MessageAhead, at: datetime) -> str:
    today = timezone.localdate(at)
    facts = one.read.facts if one.read else None
    if one.because == "step":
        had_not = one.is_not_yet
        return _("if they have not talked by then") if had_not else _("if nobody answers by then")
    if one.because in BECAUSE:
        return str(BECAUSE[one.because])
    if one.occasion:
        values = {"day": short_day(one.occasion.on, today), "label": one.occasion.label}
        why = str(OCCASIONS[one.occasion.kind]) % values
    elif one.because == "occasion":  # it has already brought the question forward
        kind = one.read.plan.get_occasion_display() if one.read else ""
        why = _("because of a date: %(kind)s") % {"kind": kind}
    elif facts is None or one.is_first:
        why = _("because this family has not been asked yet")
    elif facts.talked_on is None:
        why = _("because no talk between child and parent is recorded")
    else:
        words = ngettext(
            "because the last talk was on %(day)s and a question comes every day",
            "because the last talk was on %(day)s and a question comes every %(n)d days",
            facts.every_days,
        )
        why = words % {"day": short_day(facts.talked_on, today), "n": facts.every_days}
    # Another parent would come first, but has a pause.
    said = own_words(one.passed_by[1], today) if one.passed_by else ""
    if one.passed_by and said:
        since = _("since %(name)s %(said)s") % {"name": one.passed_by[0].name, "said": said}
        why = pgettext("between parts of a line", ", ").join([why, since])
    return why


def own_words(own: OwnRhythm, today: date) -> str:
    """Return what an adult's own rhythm says, to follow their name; "" if it says nothing now."""
    if own.is_paused(today) and own.paused_until:
        until = short_day(own.paused_until + timedelta(days=1), today)
        if own.by_family:
            return _("does not want a question before %(day)s") % {"day": until}
        return _("gets no question before %(day)s") % {"day": until}
    if own.every_days:
        words = ngettext(
            "is asked at most every day", "is asked at most every %(n)d days", own.every_days
        )
        return words % {"n": own.every_days}
    return ""


def _left_out(found: Preview, at: datetime, *, of_one_child: bool) -> list[dict[str, Any]]:
    """Return one sentence for each question of one child, or groups of children by cause.

    Groups for which somebody has to do something come first.
    """
    if of_one_child:
        return [{"why": _sentence(one, at), "count": 0, "children": []} for one in found.left_out]
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


def without_plan(unknown: list[Student], others: int) -> list[dict[str, Any]]:
    """Return groups of children without a plan. For those with no parent away, only the number."""
    groups: list[dict[str, Any]] = []
    if unknown:
        children = [
            {"name": one.name, "url": reverse("guardians:family", args=[one.pk])} for one in unknown
        ]
        why = _("We do not know whether a parent is away. Ask, and record it on the family's page.")
        groups.append(
            {
                "why": why,
                "count": len(unknown),
                "children": children,
                "needs_somebody": True,
                "leads_to_list": True,
            }
        )
    if others:
        why = _("No parent away on record")
        groups.append({"why": why, "count": others, "children": [], "needs_somebody": False})
    return groups


def _cause(cause: str) -> str:
    if cause in LEFT_OUT:
        return str(LEFT_OUT[cause])
    if cause in CAUSES:
        return cause_in_words(cause)
    return str(FollowUp.Cause(cause).label)


def _sentence(one: MessageAhead, at: datetime) -> str:
    if one.read is None:
        return _cause(one.cause)
    plan, facts, today = one.read.plan, one.read.facts, timezone.localdate(at)
    if one.cause == "paused" and plan.paused_until:
        words = _("No question, because the school has paused them until %(day)s: %(reason)s")
        until = short_day(plan.paused_until, today)
        return words % {"day": until, "reason": plan.paused_reason or _("no reason noted")}
    if one.cause in ("pause", "nobody_now") and facts.adults:
        words = _("No question, because %(said)s. The class teacher gets a task.")
        if one.cause == "pause":
            words = _("No question yet, because %(said)s. It waits for some days.")
        said = [
            _("%(name)s %(said)s")
            % {"name": one.read.adults[it.adult_id].name, "said": own_words(it.own, today)}
            for it in facts.adults
        ]
        return words % {"said": pgettext("between causes", "; ").join(said)}
    if one.cause in ("not_yet", "talked") and facts.talked_on:
        words = _("No question, because they talked on %(talked)s; the next one is due on %(due)s.")
        following = facts.talked_on + timedelta(days=facts.every_days)
        due = short_day(max(following, facts.next_due_on), facts.talked_on)
        return words % {"talked": short_day(facts.talked_on, today), "due": due}
    if one.cause == "not_yet":
        words = _("No question yet, because the next one is due on %(due)s.")
        return words % {"due": short_day(plan.next_due_on, today)}
    return _("No question, because: %(why)s.") % {"why": _cause(one.cause)}


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
    """Return each adult with what applies to them. `bound` is the form of one of them, as submitted."""
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
