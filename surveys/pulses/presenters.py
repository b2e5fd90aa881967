"""What the pages of pulses show: one question, the line over weeks, talks that wait."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.days import short_day
from core.weeks import monday_of
from guardians.presenters import called
from guardians.queries import current_guardianships
from schools.policies import Viewer
from students.models import Student
from students.policies import students_visible_to
from surveys import asking, wording
from surveys.instruments import Item
from surveys.models import Edition, Pulse
from surveys.pulses import policies, queries, rules

Address = Callable[[str], str]  # of an item's page

# The line: a box of 360 x 140, weeks between x 76 and 346, five heights from "sad" to "very happy".
LEFT, RIGHT, TOP, BOTTOM = 76, 346, 12, 108
AXIS_WEEKS = 5  # between two dates below the line


def question(
    edition: Edition, pulse: Pulse | None, item_id: str, address: Address
) -> dict[str, Any]:
    """Return the context of surveys/_question.html: the wanted question, else the first without an answer."""
    items = edition.instrument.items
    answers = pulse.answers if pulse else {}
    first = next((one for one in items if one.id not in answers), items[0])
    item = edition.instrument.item(item_id) or first
    place = items.index(item)
    return asking.words_of(edition, item, answers.get(item.id)) | {
        "stones": [
            "past" if n < place else "now" if n == place else "next" for n in range(len(items))
        ],
        "number": place + 1,
        "count": len(items),
        "before": address(items[place - 1].id) if place else "",
        "may_leave_out": not any(answers.values()),
    }


@dataclass(frozen=True)
class Line:
    """One person's answers to one of our own instruments: the first question drawn, all in a table."""

    title: str
    label: str
    solid: str
    dotted: str
    points: list[dict[str, str]]
    levels: list[dict[str, str]]
    axis: list[dict[str, str]]
    columns: list[str]
    rows: list[tuple[date, list[str]]]


def line_of(title: str, pulses: Sequence[Pulse], on: date) -> Line:
    """Return the line of the pulses, the earliest first. A gap between answers is dotted, never a drop."""
    instrument = pulses[-1].edition.instrument
    drawn = instrument.items[0]
    this_week = monday_of(on)
    weeks = [this_week - timedelta(weeks=n) for n in reversed(range(rules.SHOWN_WEEKS))]
    solid, dotted, points, before = "", "", [], None
    for pulse in pulses:
        value = queries.value_of(pulse, drawn.id)
        if value is None or pulse.week_on not in weeks:
            continue
        here = (weeks.index(pulse.week_on), _y(value, drawn))
        if before is not None:
            path = f"M{_x(before[0])} {before[1]}L{_x(here[0])} {here[1]}"
            if here[0] - before[0] <= rules.EVERY_WEEKS[instrument.key]:
                solid += path
            else:
                dotted += path
        words = wording.option_words(drawn, pulse.answers[drawn.id])
        points.append({"x": _x(here[0]), "y": here[1], "words": words})
        before = here
    return Line(
        title=title,
        label=_("%(title)s: %(question)s")
        % {"title": title, "question": wording.words(drawn.texts)},
        solid=solid,
        dotted=dotted,
        points=points,
        levels=[
            {"y": _y(one.value, drawn), "words": wording.words(one.texts)}
            for one in drawn.options
            if one.value is not None
        ],
        axis=[
            {"x": _x(n), "label": short_day(weeks[n], on)}
            for n in range(0, rules.SHOWN_WEEKS, AXIS_WEEKS)
        ],
        columns=[wording.words(one.texts) for one in instrument.items],
        rows=[
            (
                pulse.week_on,
                [
                    wording.option_words(one, pulse.answers.get(one.id, "")) or _("skipped")
                    for one in pulse.edition.instrument.items
                ],
            )
            for pulse in reversed(pulses)
        ],
    )


def _x(week: int) -> str:
    return f"{LEFT + (RIGHT - LEFT) * week / (rules.SHOWN_WEEKS - 1):.0f}"


def _y(value: int, item: Item) -> str:
    low, high = min(item.values), max(item.values)
    return f"{BOTTOM - (BOTTOM - TOP) * (value - low) / (high - low):.0f}"


def lines_of(student: Student, on: date) -> list[Line]:
    """Return the child's own line first, then those of the carers who agreed."""
    readable = policies.pulses_readable(on)
    since = monday_of(on) - timedelta(weeks=rules.SHOWN_WEEKS - 1)
    own = queries.finished_since(readable.filter(student=student), since)
    lines = [line_of(student.given_name, own, on)] if own else []
    ties = current_guardianships(on).filter(student=student).select_related("adult")
    people = {tie.adult_id: tie for tie in ties.order_by("priority", "pk")}
    for adult_id, tie in people.items():
        given = queries.finished_since(readable.filter(adult=adult_id), since)
        if given:
            who = {"who": called(tie), "name": tie.adult.name}
            lines.append(line_of(_("%(who)s, %(name)s") % who, given, on))
    return lines


def pulses_page(viewer: Viewer) -> dict[str, Any]:
    """Return the counsellor's page: talks that class teachers were asked for, and carers who need a word."""
    visible = students_visible_to(viewer.user, viewer.on).filter(school=viewer.school)
    readable = policies.pulses_readable(viewer.on).filter(school=viewer.school)
    waiting = readable.filter(asks_for_talk=True, talked_at=None)
    of_adults = waiting.filter(student=None).values("adult_id")
    ties = current_guardianships(viewer.on).filter(adult_id__in=of_adults, student__in=visible)
    carers = {one.adult_id: one for one in ties.select_related("adult", "student").order_by("-pk")}
    since = monday_of(viewer.on) - timedelta(weeks=rules.SHOWN_WEEKS - 1)
    lately = readable.filter(finished_at__isnull=False, week_on__gte=since)
    return {
        "talks": queries.children_with_talks(visible, readable),
        "carers": list(carers.values()),
        "children": visible.filter(pk__in=lately.values("student")).order_by("name_pinyin", "pk"),
    }


def done_row(pulse: Pulse) -> dict[str, Any]:
    """Return the row of Today after "We have talked" (components/work_row.html)."""
    name = pulse.student.name if pulse.student else pulse.adult.name if pulse.adult else ""
    return {
        "key": f"pulse-{pulse.pk}",
        "name": name,
        "url": "",
        "why": _("Done. Thank you."),
        "when": "",
        "state": "done",
        "acts": [],
    }
