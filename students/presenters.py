"""Days and sections of a file in the reader's words."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from students.forms import SECTIONS
from students.models import Student

PICTURE_WORDS = {
    "sun": pgettext_lazy("picture", "Sun"),
    "moon": pgettext_lazy("picture", "Moon"),
    "fish": pgettext_lazy("picture", "Fish"),
    "tree": pgettext_lazy("picture", "Tree"),
    "boat": pgettext_lazy("picture", "Boat"),
    "kite": pgettext_lazy("picture", "Kite"),
    "apple": pgettext_lazy("picture", "Apple"),
    "star": pgettext_lazy("picture", "Star"),
    "house": pgettext_lazy("picture", "House"),
    "flower": pgettext_lazy("picture", "Flower"),
    "bird": pgettext_lazy("picture", "Bird"),
    "umbrella": pgettext_lazy("picture", "Umbrella"),
}


def short_day(on: date, today: date) -> str:
    """11月24日; with its year where that is another one."""
    if on.year == today.year:
        return date_format(on, pgettext("date format", "j M"))
    return date_format(on, pgettext("date format", "j M Y"))


def month_of(on: date) -> str:
    return date_format(on, pgettext("date format", "M Y"))


def week_day(on: date) -> str:
    """11月24日 周二."""
    day = {
        "weekday": _weekdays()[on.weekday()],
        "day": date_format(on, pgettext("date format", "j M")),
    }
    return pgettext("day with its weekday", "%(weekday)s %(day)s") % day


def _weekdays() -> tuple[str, ...]:
    """Monday first; 周一 rather than 星期一."""
    return (
        pgettext("short weekday", "Mon"),
        pgettext("short weekday", "Tue"),
        pgettext("short weekday", "Wed"),
        pgettext("short weekday", "Thu"),
        pgettext("short weekday", "Fri"),
        pgettext("short weekday", "Sat"),
        pgettext("short weekday", "Sun"),
    )


def days_ago(days: int) -> str:
    if days == 0:
        return _("today")
    if days == 1:
        return _("yesterday")
    return ngettext("%(days)d day ago", "%(days)d days ago", days) % {"days": days}


def moment(at: datetime, now: datetime, zone: str) -> str:
    """今天 9:38, 昨天 17:02, 11月23日 周一."""
    then, today = timezone.localtime(at, ZoneInfo(zone)), timezone.localdate(now, ZoneInfo(zone))
    days = (today - then.date()).days
    if days in (0, 1):
        return f"{days_ago(days)} {date_format(then, 'G:i')}"
    return week_day(then.date()) if then.year == today.year else short_day(then.date(), today)


@dataclass(frozen=True)
class FileSection:
    """One part of a file that is read and edited in place; without `edit_url` it is only read."""

    key: str
    title: str
    lines: tuple[str, ...]
    edit_url: str = ""
    history_url: str = ""


def file_section(student: Student, key: str, can_edit: bool) -> FileSection:
    place = {"student_id": student.pk, "key": key}
    return FileSection(
        key=key,
        title=str(SECTIONS[key].title),
        lines=tuple(line for line in _LINES.get(key, _plain(key))(student) if line),
        edit_url=reverse("staff:file_section", kwargs=place) if can_edit else "",
        history_url=reverse("staff:file_history", kwargs=place),
    )


def file_sections(student: Student, can_edit: bool) -> list[FileSection]:
    return [file_section(student, key, can_edit) for key in SECTIONS]


def _plain(key: str):
    return lambda student: [getattr(student, key)]


def _identity(student: Student) -> list[str]:
    born = ""
    if student.born_on:
        born = date_format(student.born_on, pgettext("date format", "j M Y"))
    lines = [" ".join(filter(None, [student.name, str(student.get_sex_display()), born]))]
    if student.id_number:
        lines.append(_("Identity card %(number)s") % {"number": masked(student.id_number)})
    if student.student_number:
        lines.append(_("Student number %(number)s") % {"number": student.student_number})
    return lines


def masked(number: str) -> str:
    """620622********1234: enough to compare, too little to copy from the screen."""
    return number[:6] + "*" * max(0, len(number) - 10) + number[-4:] if len(number) > 10 else number


def boarding_words(student: Student) -> str:
    if student.is_boarding is None:
        return ""
    return _("boards at school") if student.is_boarding else _("goes home every day")


def _boarding(student: Student) -> list[str]:
    return [" ".join(filter(None, [boarding_words(student), student.dormitory]))]


def _address(student: Student) -> list[str]:
    return [student.address, student.village]


_LINES = {"identity": _identity, "boarding": _boarding, "address": _address}
