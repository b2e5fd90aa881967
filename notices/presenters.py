"""Words and rows for pages about notices."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from core.days import week_day
from notices import rules
from notices.models import Notice, NoticeChild, NoticeFile
from notices.reach import Child, Reach
from notices.rules import PdfTrouble

PDF_WORDS = {
    PdfTrouble.TOO_LARGE: format_lazy(
        gettext_lazy("This PDF is too large (at most {megabytes} MB)."),
        megabytes=rules.PDF_BYTES // 1_000_000,
    ),
    PdfTrouble.NOT_A_PDF: gettext_lazy("This file is not a photo or a PDF."),
    PdfTrouble.BROKEN: gettext_lazy("We did not receive the whole PDF. Please choose it again."),
    PdfTrouble.ACTIVE: gettext_lazy(
        "This PDF contains a script, a form or another file. Save it as a plain PDF and choose "
        "it again."
    ),
}


def moment(at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{date_format(local, 'MONTH_DAY_FORMAT')} {local:%H:%M}"


def due_words(notice: Notice, on: date) -> str:
    """Return the deadline in words, as seen on `on`; empty if the notice asks for nothing."""
    if notice.due_on is None:
        return ""
    days = (notice.due_on - on).days
    if days < 0:
        return _("overdue (%(day)s)") % {"day": week_day(notice.due_on)}
    if days == 0:
        return _("by today")
    if days == 1:
        return _("by tomorrow")
    return pgettext("deadline", "by %(day)s") % {"day": week_day(notice.due_on)}


def audience_words(notice: Notice, class_names: dict[int, str]) -> str:
    Scope = Notice.Scope
    if notice.scope == Scope.SCHOOL:
        return _("the whole school")
    if notice.scope == Scope.GRADES:
        numbers = _(", ").join(str(number) for number in sorted(notice.picked))
        return _("grade %(numbers)s") % {"numbers": numbers}
    if notice.scope == Scope.CLASSES:
        names = [class_names[pk] for pk in notice.picked if pk in class_names]
        return _(", ").join(names) or str(_("classes"))
    n = len(notice.picked)
    return ngettext("%(n)d child", "%(n)d children", n) % {"n": n}


def state_words(notice: Notice, settled: int, total: int, zone: str) -> str:
    """Describe the state of a notice in the list."""
    if notice.is_draft:
        return _("draft")
    if notice.is_scheduled and notice.starts_at:
        return _("will be sent %(when)s") % {"when": moment(notice.starts_at, zone)}
    if notice.is_recalled and notice.recalled_at:
        return _("recalled %(when)s") % {"when": moment(notice.recalled_at, zone)}
    words = {"n": settled, "all": total}
    if notice.kind == Notice.Kind.READ:
        return _("%(n)d of %(all)d families have read it") % words
    if notice.kind == Notice.Kind.CONFIRM:
        return _("%(n)d of %(all)d families have confirmed") % words
    return _("%(n)d of %(all)d families have signed") % words


def open_words(notice: Notice, n: int) -> str:
    """Say how many families have not answered yet."""
    if notice.kind == Notice.Kind.READ:
        words = ngettext("%(n)d family has not seen it", "%(n)d families have not seen it", n)
    elif notice.kind == Notice.Kind.CONFIRM:
        words = ngettext("%(n)d family has not confirmed", "%(n)d families have not confirmed", n)
    else:
        words = ngettext("%(n)d family has not signed", "%(n)d families have not signed", n)
    return words % {"n": n}


LEFT_OUT_WORDS = {
    NoticeChild.LeftOut.NO_WAY: gettext_lazy("no working number or address"),
    NoticeChild.LeftOut.OPTED_OUT: gettext_lazy("opted out of messages"),
    NoticeChild.LeftOut.NOBODY: gettext_lazy("nobody we may message"),
}


def left_out_words(child: Child, knows_of_blocks: bool) -> str:
    if child.is_blocked and knows_of_blocks:
        return _("all adults on record are blocked")
    return str(LEFT_OUT_WORDS[NoticeChild.LeftOut(child.left_out)])


def left_out_rows(reach: Reach, visible: set[int], knows_of_blocks: bool) -> list[dict[str, str]]:
    """Return the families we cannot reach; names only children whom the viewer may see."""
    return [
        {
            "name": child.student.name
            if child.student.pk in visible
            else _("a child of the class"),
            "class_name": child.class_name,
            "why": left_out_words(child, knows_of_blocks),
            "student_id": str(child.student.pk) if child.student.pk in visible else "",
        }
        for child in reach.left_out
    ]


def arrival_rows(reach: Reach, at: datetime, zone: str) -> list[str]:
    """Return when the notice arrives for how many adults: now, or after their quiet hours."""
    rows = []
    for when, n in reach.arrivals(at):
        people = ngettext("%(n)d adult", "%(n)d adults", n) % {"n": n}
        if when <= at:
            rows.append(_("%(people)s get it now") % {"people": people})
        else:
            rows.append(
                _("%(people)s get it %(when)s, after their quiet hours")
                % {"people": people, "when": moment(when, zone)}
            )
    return rows


def file_name(file: NoticeFile, place: int) -> str:
    if file.photo_id:
        return _("Photo %(n)d") % {"n": place}
    return file.name or _("Paper %(n)d") % {"n": place}


def children_words(lines: Sequence[NoticeChild], *, given: bool = True) -> str:
    names = [line.student.given_name if given else line.student.name for line in lines]
    return _(", ").join(names)
