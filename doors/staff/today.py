"""Today: the work that every package has for this member of staff, in one order.

Only this module decides the order: lanes as in schools.worklist.Lane, from top to bottom; within a lane, the
longest wait comes first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from lunardate import LunarDate

from accounts.models import User
from core import languages
from core.addresses import address
from core.days import clock_time, days_ago, short_day, week_day
from core.per_page import once
from core.prepared import Question, ask_together
from core.weeks import next_monday
from doors.staff import leaving, without_teacher
from doors.staff.floors import WORK, WORK_QUESTIONS, counselling_work, messaging, nights_work
from schools.putting_off import may_be_put_off, without_put_off
from schools.putting_off import questions as put_off_questions
from schools.worklist import Lane, WorkItem, correct_the_number
from students.models import Student

# Rows of one lane, so that the page can be taken in at a glance; "8 more" opens the rest.
ROWS_SHOWN, GOOD_NEWS_SHOWN, REASONS_SHOWN = 5, 3, 2
# Rows in all lanes together, and in a lane with others after it: what fits on two screens of a phone. Lanes
# that come later are folded.
IN_SIGHT, IN_SIGHT_OF_A_LANE = 5, 3
IN_SIGHT_ON_THE_FIRST_DAY = 3  # next to the welcome text

LANES = {
    Lane.ADULT_NOW: (gettext_lazy("Look at this first"), "now"),
    Lane.AWAITING_ANSWER: (gettext_lazy("Waiting for your answer"), "message"),
    Lane.NOT_REACHED: (gettext_lazy("Not reached yet"), "bridge"),
    Lane.DUE: (gettext_lazy("Due"), "calendar"),
    Lane.GOOD_NEWS: (gettext_lazy("Good news to pass on"), "flower"),
}


@dataclass(frozen=True)
class LaneOnPage:
    """What components/work_lane.html shows."""

    key: str
    title: str
    icon: str
    count: int
    has_now: bool  # at least one row needs an adult now
    is_red: bool  # every row does
    is_fold: bool
    rows: list[dict] = field(default_factory=list)
    more: str = ""  # how many are folded away
    more_url: str = ""


def work_of(user: User, at: datetime, also: Iterable[Question] = ()) -> list[WorkItem]:
    """Return all waiting work in the order of the page.

    A family that already has a follow-up is not listed a second time because of its number. `also` holds
    other queries of the page, sent along.
    """
    on = timezone.localdate(at)
    all_questions = (*WORK_QUESTIONS, leaving.questions, without_teacher.questions)
    asked = (one for questions in all_questions for one in questions(user, at))
    ask_together(chain(asked, put_off_questions(user, on), also))
    items = _ordered(
        [
            item
            for work_for in (*WORK, leaving.work_for, without_teacher.work_for)
            for item in work_for(user, at)
        ]
    )
    return without_put_off(items, user, on)


def work_about(
    student: Student, user: User, at: datetime, more: Sequence[WorkItem]
) -> list[WorkItem]:
    """Return the work about one child, which the caller got from students.policies.get_student_for.

    `more` is the work of guardians and classroom about this child.
    """
    items = counselling_work.work_for(user, at, student) + messaging.work_for(user, at, student)
    return _ordered([*items, *nights_work.work_about(student, user, at), *more])


def _ordered(items: list[WorkItem]) -> list[WorkItem]:
    followed = {item.student_id for item in items if item.lane is Lane.NOT_REACHED}
    kept = [
        item
        for item in items
        if not (item.key.startswith("reach-") and item.student_id in followed)
    ]
    order = list(Lane)

    def place(item: WorkItem) -> tuple:
        return order.index(item.lane), not is_now(item), not item.leads, item.since_at

    return sorted(kept, key=place)


def lanes(
    items: Iterable[WorkItem],
    at: datetime,
    zone: str,
    whole: str = "",
    in_sight: int = IN_SIGHT,
) -> list[LaneOnPage]:
    """Return the lanes that are not empty, each with its first rows.

    `whole` is the key of the lane shown in full.

    A child who needs an adult now is never folded away.
    """
    grouped: dict[Lane, list[WorkItem]] = {}
    for item in items:
        grouped.setdefault(item.lane, []).append(item)
    found, left, filled = [], in_sight, [lane for lane in Lane if lane in grouped]
    today = reverse("staff:today")
    for lane in filled:
        title, icon = LANES[lane]
        own = grouped[lane]
        is_whole = lane is Lane.ADULT_NOW or lane.value == whole
        is_fold = left <= 0 and not is_whole
        shown = _rows(lane, own, is_whole=is_whole)
        if not is_whole and not is_fold:
            shown = shown[: left if lane is filled[-1] else min(IN_SIGHT_OF_A_LANE, left)]
        left -= 0 if is_fold else len(shown)
        hidden = len(own) - len(shown)
        now = [is_now(item) for item in own]
        found.append(
            LaneOnPage(
                key=lane.value,
                title=str(title),
                icon=icon,
                count=len(own),
                has_now=any(now),
                is_red=all(now),
                is_fold=is_fold,
                rows=[row(item, at, zone) | {"is_also": also} for item, also in shown],
                more=ngettext("%(n)d more", "%(n)d more", hidden) % {"n": hidden} if hidden else "",
                more_url=f"{today}?lane={lane.value}",
            )
        )
    return found


def _rows(lane: Lane, items: list[WorkItem], *, is_whole: bool) -> list[tuple[WorkItem, bool]]:
    """Return the rows of a lane grouped by child, further rows about the same child marked.

    A row about no child is its own group.
    """
    places: dict[int | str, list[WorkItem]] = {}
    for item in items:
        places.setdefault(item.student_id or item.key, []).append(item)
    reasons = len(items) if is_whole else REASONS_SHOWN
    rows = [(item, item is not own[0]) for own in places.values() for item in own[:reasons]]
    if is_whole:
        return rows
    return rows[: GOOD_NEWS_SHOWN if lane is Lane.GOOD_NEWS else ROWS_SHOWN]


def is_now(item: WorkItem) -> bool:
    """Return whether an adult is needed now, judged by the row's concern or, if it has none, by its lane."""
    return item.urgency.is_now if item.urgency else item.lane is Lane.ADULT_NOW


def row(item: WorkItem, at: datetime, zone: str) -> dict:
    """Return what components/work_row.html shows."""
    act = {
        "label": item.act_label,
        "url": item.act_url,
        "tone": "now" if is_now(item) else "text",
        "is_link": item.act_opens,
        "opens_in_place": item.act_opens,
    }
    acts = [act]
    if item.also_url:
        also = {"label": item.also_label, "url": item.also_url, "tone": "plain"}
        acts.append(also | {"is_link": True, "opens_in_place": True})
    if item.hand_over_url:
        hand_over = {"label": _("Hand over"), "url": item.hand_over_url, "tone": "plain"}
        acts.append(hand_over | {"is_link": True, "opens_in_place": True})
    fix = correct_the_number(item.fix_url) if item.fix_url else None
    later_url = item.later_url  # the package's own address for putting off, else Today's
    if not later_url and may_be_put_off(item):
        later_url = reverse("staff:later", args=[item.key])
    return {
        "key": item.key,
        "name": item.student_name,
        "is_thing": not (item.student_id or item.is_person),
        "urgency": item.urgency,
        "url": address("staff:child", item.student_id) if item.student_id else "",
        "why": item.why,
        "when": when_words(item, at, zone),
        "state": "rest",
        "acts": acts,
        "fix": fix,
        "later": later_menu(later_url, timezone.localdate(at, ZoneInfo(zone)))
        if later_url
        else None,
    }


def row_put_off(item: WorkItem, until_on: date, at: datetime, zone: str) -> dict:
    day = short_day(until_on, timezone.localdate(at, ZoneInfo(zone)))
    return row(item, at, zone) | {
        "state": "put_off",
        "why": _("Postponed until %(day)s.") % {"day": day},
        "undo_url": reverse("staff:take_up", args=[item.key]),
    }


def when_words(item: WorkItem, at: datetime, zone: str) -> str:
    """Return 8:05 for today, 昨天, or 16 天了 for what has waited longer; a gap in a file has no time."""
    then = timezone.localtime(item.since_at, ZoneInfo(zone))
    today = timezone.localdate(at, ZoneInfo(zone))
    days = (today - then.date()).days
    if item.lane is Lane.DUE:
        return short_day(then.date(), today) if item.key.startswith("reach-") else ""
    if days <= 0:
        return clock_time(then)
    if days == 1:
        return days_ago(1)
    return ngettext("for %(days)d day", "for %(days)d days", days) % {"days": days}


def later_menu(url: str, today: date) -> dict:
    """Return the choices for putting off: tomorrow, the end of the week, next Monday, or any day."""

    def days() -> list[dict]:
        tomorrow = today + timedelta(days=1)
        friday = today + timedelta(days=(4 - today.weekday()) % 7)
        monday = next_monday(today)
        named = [(tomorrow, _("Tomorrow")), (friday, _("Friday")), (monday, _("Next Monday"))]
        chosen = {on: label for on, label in reversed(named) if on > today}
        return [
            {"value": on.isoformat(), "label": chosen[on], "hint": short_day(on, today)}
            for on in sorted(chosen)
        ]

    return {
        "label": pgettext("put off", "Later"),
        "url": url,
        "field": "until_on",
        "choices": once(("later days", today), days),  # the same in every row
        "date_field": "on",
    }


def day_words(on: date) -> str:
    """11月24日 周二，农历十月十六."""
    lunar = lunar_words(on)
    return (
        _("%(day)s, %(lunar)s") % {"day": week_day(on), "lunar": lunar} if lunar else week_day(on)
    )


MONTHS = "正二三四五六七八九十冬腊"
ROUND_DAYS = {10: "初十", 20: "二十", 30: "三十"}
TENS = ("初", "十", "廿", "三")
DIGITS = "一二三四五六七八九十"


def lunar_words(on: date) -> str:
    """Return 农历十月十六. The table covers the years 1900–2099; outside them, return ""."""
    try:
        lunar = LunarDate.from_solar_date(on.year, on.month, on.day)
    except ValueError:
        return ""
    words = {"month": _ordinal(lunar.month), "day": _ordinal(lunar.day)}
    if languages.is_chinese():
        leap = "闰" if lunar.is_leap_month else ""
        day = ROUND_DAYS.get(lunar.day) or TENS[lunar.day // 10] + DIGITS[lunar.day % 10 - 1]
        words = {"month": f"{leap}{MONTHS[lunar.month - 1]}月", "day": day}
    return _("%(day)s day of the %(month)s lunar month") % words


def _ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd, 11th; for numbers up to 30."""
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if 10 < number < 20 else endings.get(number % 10, 'th')}"
