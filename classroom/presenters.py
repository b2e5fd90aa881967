"""Notes, the recipients of good news and the days of a week, in words for the reader."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from classroom.models import AttendanceMark, Deed, HomeworkHelp, Observation, Strength, Theme
from classroom.rules import Mark
from core.days import clock_time, days_ago, short_day, week_day, weekday_names
from guardians.hours import awake_from
from guardians.models import Guardianship
from guardians.presenters import called

DAY_ONLY = time(0)  # local; a note "earlier that day" has no time


def joined(words: Iterable[str]) -> str:
    """Join phrases in one line. Names are joined more closely (core.names.joined)."""
    return pgettext("between two items of a list", ", ").join(words)


def strength_words(values: Iterable[str]) -> list[str]:
    return [str(Strength(value).label) for value in values]


def theme_words(values: Iterable[str]) -> list[str]:
    return [str(Theme(value).label) for value in values]


def deed_words(values: Iterable[str]) -> list[str]:
    return [str(Deed(value).label) for value in values]


def tapped(note: Observation) -> list[tuple[str, str]]:
    """Return the tapped strengths, themes and deeds of a note, each with the tone of its tag."""
    return [
        *((word, "strength") for word in strength_words(note.strengths)),
        *((word, "") for word in [*theme_words(note.themes), *deed_words(note.deeds)]),
    ]


def good_news_words(note: Observation) -> str:
    """Return what a family reads: the note's words, or the strengths if it has none."""
    return note.words or joined(strength_words(note.strengths))


def is_day_only(note: Observation, zone: str) -> bool:
    return timezone.localtime(note.happened_at, ZoneInfo(zone)).time() == DAY_ONLY


def note_title(note: Observation) -> str:
    """Return strengths (帮助别人), or themes if the note has none."""
    seen = strength_words(note.strengths) or theme_words(note.themes)
    return capfirst(joined(seen)) or _("Observation")


def note_line(note: Observation) -> str:
    """Return the note's words, or what was tapped if it has none."""
    return note.words or note_title(note)


def tell_words(held: Iterable[Guardianship], at: datetime) -> str:
    """Return when and how each adult gets the news: 奶奶听语音，妈妈 17:30 睡醒后收到."""
    lines = []
    for row in held:
        if not row.works:  # type: ignore[attr-defined]  # annotated
            continue
        who = {"who": called(row)}
        if row.adult.prefers_audio:
            lines.append(_("%(who)s gets it as audio") % who)
        elif awake := awake_from(row.adult.hours, at):
            who["time"] = clock_time(awake)
            lines.append(_("%(who)s gets it at %(time)s, after waking up") % who)
        else:
            lines.append(_("%(who)s gets it soon") % who)
    if not lines:
        return _("We cannot message anyone now. The family can see it on their page.")
    return joined(lines)


def ago(then: datetime | None, at: datetime, zone: str) -> str:
    """Return "今天", "3 天前"; empty if unknown."""
    if then is None:
        return ""
    local = ZoneInfo(zone)
    return days_ago(max(0, (timezone.localdate(at, local) - timezone.localdate(then, local)).days))


def mark_words(mark: Mark) -> str:
    """Return a mark as text: 缺勤（生病）."""
    kind = str(AttendanceMark.Kind(mark.kind).label)
    if mark.kind == AttendanceMark.Kind.PRESENT or not mark.reason:
        return kind
    return _("%(kind)s (%(reason)s)") % {
        "kind": kind,
        "reason": AttendanceMark.Reason(mark.reason).label,
    }


def helper_words(help: HomeworkHelp) -> str:
    if help.staff:
        return help.staff.name
    return help.adult.name if help.adult else help.somebody


def help_words(help: HomeworkHelp) -> str:
    """Return help with homework as text: 李建军，周一、周三 16:30，数学."""
    when = f"{weekday_words(help.weekdays)} {help.starts_at:%H:%M}"
    return joined(filter(None, [helper_words(help), when, help.words]))


def weekday_words(weekdays: Iterable[int]) -> str:
    """Return weekdays as text: 周一、周三; "every school day" for all five."""
    days = sorted(set(weekdays))
    if days == [0, 1, 2, 3, 4]:
        return _("every school day")
    return pgettext("between two weekdays", ", ").join(weekday_names()[day] for day in days)


def day_words(at: datetime, zone: str) -> str:
    return week_day(timezone.localdate(at, ZoneInfo(zone)))


def week_words(week_on: date, today: date) -> str:
    """Return the days of a week as text: 11月23日–11月27日."""
    days = {
        "first": short_day(week_on, today),
        "last": short_day(week_on + timedelta(days=4), today),
    }
    return _("%(first)s – %(last)s") % days
