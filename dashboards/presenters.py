"""The principal's figures in words. This module counts nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from core.printing import drawing_url
from figures.choice import Choice, Field
from figures.definitions import DEFINITIONS
from figures.learning import LearningRow
from figures.rules import Span
from figures.school import Dashboard, Reach, Week
from figures.school_life import SchoolLife
from guardians.rules import CONTACT_EVERY_DAYS
from messaging import queries as messaging_queries
from messaging.queries.figures import OpenFollowUps
from safeguarding import figures as safeguarding_figures
from safeguarding.figures import Waits
from safeguarding.urgency import adult_now
from schools.models import School
from schools.policies import Viewer
from schools.roles import Permission
from visits.queries import visits_overdue

HOUR = 3600  # seconds
# Styles for the line as a file of its own, in daylight colours; static/src/components/_chart.scss has the
# same for pages.
LINE_STYLE = """
.trend { fill: none; stroke-linecap: round; stroke-linejoin: round }
.line { stroke: #0f6b64; stroke-width: 2.2 } .goal { stroke: #e3dfd4 }
.gap { stroke: #7a8482; stroke-width: 1.6; stroke-dasharray: .1 5 }
.point, .last { fill: #0f6b64 } .open { fill: #f7f5f0; stroke: #7a8482; stroke-width: 1.6 }
text { fill: #55605e; stroke: none; font: 13px "Noto Sans CJK SC", sans-serif }
.t1 { fill: #1d2524; font-size: 17px; font-weight: 600 }
"""


@dataclass(frozen=True)
class Wait:
    """What is waiting for an adult: how many things, and the longest wait.

    `key` is one of figures.definitions.
    """

    key: str
    label: str
    count: int
    longest: str
    url: str = ""
    is_now: bool = False


def trend_weeks(weeks: Sequence[Week]) -> list[dict]:
    return [
        {
            "label": formats.date_format(week.ends_on, pgettext("date format", "j M")),
            "percent": week.percent,
            "is_complete": week.percent is not None,
            "note": "",
        }
        for week in weeks
    ]


def corrections(weeks: Sequence[Week]) -> list[str]:
    """Describe weeks in which something was corrected after they were over."""
    return [
        _("Week until %(day)s: %(before)s%% at first, %(now)s%% since the correction")
        % {
            "day": formats.date_format(week.ends_on, pgettext("date format", "j M")),
            "before": week.percent_before,
            "now": week.percent,
        }
        for week in weeks
        if week.percent_before is not None and week.percent_before != week.percent
    ]


def trend_title(weeks: Sequence[Week], term: str = "") -> str:
    """Name the weeks of the line, which are those of `term` or the last twelve, and where it leads."""
    known = [week.percent for week in weeks if week.percent is not None]
    if len(known) < 2:
        return term or _("The last 12 weeks")
    facts = {"term": term, "first": known[0], "last": known[-1]}
    if term:
        return _("%(term)s, from %(first)s%% to %(last)s%%") % facts
    return _("12 weeks, from %(first)s%% to %(last)s%%") % facts


def trend_on_paper(board: Dashboard, school: School, chosen: Sequence[Field]) -> dict[str, Any]:
    """The context of templates/dashboards/trend_picture.html."""
    title = trend_title(board.trend, next(one.chosen_words for one in chosen if one.key == "term"))
    drawing = {"weeks": trend_weeks(board.trend), "label": title, "style": LINE_STYLE}
    line = render_to_string("dashboards/_trend_file.html", drawing)
    return {
        "title": title,
        "school": school,
        "chosen": chosen_words(chosen),
        "line_url": drawing_url(line),
        "meaning": DEFINITIONS["connected"],
        "on": board.on,
    }


def chosen_words(fields: Sequence[Field]) -> list[str]:
    return [f"{one.label}: {one.chosen_words}" for one in fields if one.chosen]


def ago(since_at: datetime | None, at: datetime) -> str:
    if since_at is None:
        return _("nothing is waiting")
    return span_words(at - since_at)


def change_words(board: Dashboard) -> list[str]:
    """Describe in three sentences what changed since last week."""
    changes = board.changes
    facts = {"now": board.connected, "before": changes.connected_before}
    if not changes.connected_before and not board.connected:
        return [_("No talk is on record for these two weeks.")]
    if board.connected == changes.connected_before:
        first = _("As many children talked with a parent as in the week before: %(now)s.")
    elif board.connected > changes.connected_before:
        first = ngettext(
            "%(now)s child talked with a parent; %(before)s the week before.",
            "%(now)s children talked with a parent; %(before)s the week before.",
            board.connected,
        )
    else:
        first = ngettext(
            "%(now)s child talked with a parent, down from %(before)s the week before.",
            "%(now)s children talked with a parent, down from %(before)s the week before.",
            board.connected,
        )
    lost = changes.newly_unreachable
    return [
        first % facts,
        _("%(silent)s who talked then have not talked since; %(again)s talk again.")
        % {"silent": changes.fell_silent, "again": changes.talk_again},
        ngettext(
            "The last way to %(n)s child's family broke this week.",
            "The last way to %(n)s children's families broke this week.",
            lost,
        )
        % {"n": lost}
        if lost
        else _("No family lost its last way this week."),
    ]


def waits(school: School, viewer: Viewer, board: Dashboard, choice: Choice) -> list[Wait]:
    """Return what is waiting.

    For a choice of children only the talks, because the rest is counted for the whole school.
    """
    at = viewer.at
    silent = Wait(
        "silence",
        _("No talk in the last 7 days"),
        board.missing,
        silence_words(board),
        reverse("messaging:board"),
    )
    if not choice.is_everybody:
        return [silent]
    concerns = safeguarding_figures.waiting_in(school, viewer.user)
    list_url = reverse("counselling:list") if viewer.can(Permission.HANDLE_CONCERNS) else ""
    follow_ups = messaging_queries.open_follow_ups_in(school)
    overdue, due_on = visits_overdue(school, viewer.on, choice.without)
    may_visit = viewer.can(Permission.RECORD_VISITS)

    def waiting(key: str, label: str, found: Waits | OpenFollowUps, url: str = "") -> Wait:
        is_now = key == "now" and bool(found.count)
        return Wait(key, label, found.count, ago(found.oldest_at, at), url, is_now)

    return [
        waiting("now", adult_now().word, concerns.now, list_url),
        waiting("open", _("Open concerns in all"), concerns.open, list_url),
        waiting("not_taken", _("Not taken on yet"), concerns.not_taken),
        silent,
        waiting("looked_for", _("The teacher is looking for the family"), follow_ups),
        Wait(
            "visits_overdue",
            _("Home visits overdue"),
            overdue,
            span_words(viewer.on - due_on) if due_on else _("nothing is waiting"),
            reverse("visits:duties") if may_visit else "",
        ),
    ]


def silence_words(board: Dashboard) -> str:
    """Describe how long there was no talk; a child who never talked on record has waited longest of all."""
    if not board.missing:
        return _("nothing is waiting")
    days, never = board.longest_silence_days, board.never_talked
    words = [_("never on record: %(n)s") % {"n": never}] if never else []
    if days is not None and days >= CONTACT_EVERY_DAYS:
        words.append(ngettext("%(n)s day", "%(n)s days", days) % {"n": days})
    return _("; ").join(words)


def reach_parts(reach: Reach) -> list[dict]:
    parts = [
        (_("More than one way"), reach.several),
        (_("One way left"), reach.one),
        (_("No way works"), reach.none),
        (_("No number on record"), reach.unknown),
    ]
    return [
        {
            "label": label,
            "count": count,
            "text": ngettext("%(n)s child", "%(n)s children", count) % {"n": count},
        }
        for label, count in parts
    ]


def apart(board: Dashboard) -> list[dict[str, Any]]:
    """Return the rows for parents and carers, named as in the definitions."""
    return [
        _row("reachable_parents", board.apart.parents, board.with_parent_away),
        _row("reachable_carers", board.apart.carers, board.apart.with_carer),
    ]


def life_rows(life: SchoolLife) -> list[dict[str, Any]]:
    """Return rows with `count` and `out_of`, or `words` for a span or a time; named as in the definitions."""
    rows: list[dict[str, Any]] = []
    attendance = life.attendance
    if attendance:
        rows.append(_row("absent", attendance.absent, attendance.children))
        note = day = formats.date_format(attendance.on, pgettext("date format", "j M"))
        if missing := attendance.without_register:
            note = ngettext(
                "%(day)s, %(n)s class without a register",
                "%(day)s, %(n)s classes without a register",
                missing,
            ) % {"day": day, "n": missing}
        rows[-1]["note"] = note
    if life.told is not None:
        rows.append(_row("good_news", life.told, life.children))
    if life.has_term:
        rows += [_row("screening", words=_span(life.screened))]
        if life.told is not None:
            rows.append(_row("consents", words=_span(life.may_be_asked)))
        look = life.first_look
        rows.append(_row("first_look", words="" if look is None else span_words(look)))
    return rows


def _span(span: Span | None) -> str:
    return _("%(low)s to %(high)s %%") % {"low": span[0], "high": span[1]} if span else ""


def more_answers(viewer: Viewer) -> list[dict[str, Any]]:
    """Return pages that answer what this one does not, if the reader may open them."""
    pages = [
        (Permission.PLAN_DUTY, "schools:duty", pgettext("roster", "Duty")),
        (Permission.WORK_CHECK_INS, "reunions:board", _("Holidays")),
        (Permission.STOP_SENDING, "delivery:operation", _("Sending")),
    ]
    return [
        {"label": label, "url": reverse(page)}
        for permission, page, label in pages
        if viewer.can(permission)
    ]


def _row(
    key: str, count: int | None = None, out_of: int | None = None, words: str = ""
) -> dict[str, Any]:
    return {"name": DEFINITIONS[key].name, "count": count, "out_of": out_of, "words": words}


def span_words(span: timedelta) -> str:
    hours = int(span.total_seconds() // HOUR)
    if hours < 1:
        return _("under an hour")
    if hours < 24:
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    return ngettext("%(n)s day", "%(n)s days", hours // 24) % {"n": hours // 24}


def learning_rows(rows: Sequence[LearningRow]) -> list[dict[str, Any]]:
    """By the names of the definitions."""
    return [_row(one.key, one.count, one.out_of) for one in rows]
