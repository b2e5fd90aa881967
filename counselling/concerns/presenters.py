"""What the pages about concerns show, ready for the templates."""

from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import User
from core.addresses import address, address_of
from core.phones import readable
from core.prepared import ask_together
from counselling import work as counselling_work
from counselling.cases import policies as case_policies
from counselling.cases import queries as case_queries
from counselling.pool.presenters import concern_context, has_pool
from delivery.models import IncomingMessage, OutboxMessage
from delivery.queries.calls import rung_about
from guardians.models import ContactPoint, Relation
from guardians.queries import current_guardianships, usable_contact_points
from safeguarding import policies, presenters, queries
from safeguarding.early_warning.queries import open_hints, open_hints_question, signals_beside
from safeguarding.forms import CloseForm, HandOverForm, JoinForm, LevelForm, ReopenForm
from safeguarding.models import Concern
from safeguarding.reports import policies as report_policies
from safeguarding.reports.queries import has_reports, has_reports_question
from safeguarding.sources import TEXT
from safeguarding.urgency import urgencies, urgency_of
from schools import hotlines
from schools.policies import school_ids_where
from schools.roles import Permission
from students.models import Student

CLOSED_SHOWN_DAYS = (
    14  # days for which a closed concern stays on the list, to be looked up or opened again
)
OPEN, MINE, CLOSED = "", "mine", "closed"  # the tabs, as in the address
SELDOM_OPENED = ("counselling:pool", "counselling:levels")


def list_context(user: User, at: datetime, current: Concern | None, asked: str = "") -> dict:
    """Return the tab that lists `current`; without one, the tab that was `asked` for.

    Groups in order: needs an adult now, orange, not judged yet, yellow; within a group the longest wait
    first. A concern joined to another is listed only under that one.
    """
    since = at - timedelta(days=CLOSED_SHOWN_DAYS)
    concerns = queries.listed(user=user, at=at, closed_since=since)
    still_open = [one for one in concerns if not one.closed_at]
    lists = {
        OPEN: still_open,
        MINE: [one for one in still_open if one.acknowledged_at and one.named_adult_id == user.pk],
        CLOSED: [one for one in concerns if one.closed_at],
    }
    if current:
        asked = CLOSED if current.closed_at else OPEN
    shown = asked if asked in lists else OPEN
    listed = lists[shown]
    relations = queries.relations_of(listed)
    classes = queries.class_names({concern.student_id for concern in listed}, at)
    rows = [_row(concern, user, at, relations, classes, current) for concern in listed]
    groups: list[dict[str, Any]]
    if shown == CLOSED:
        groups = [{"urgency": None, "rows": rows[::-1], "n": len(rows)}] if rows else []
    else:
        groups = _by_level(rows)
    counts = {key: len(found) for key, found in lists.items()}
    tabs = tabs_of(user, at, shown=shown, counts=counts)
    return {
        "tabs": tabs,
        "has_seldom": any(tab["is_seldom"] for tab in tabs),
        "shown": shown,
        "open_count": len(lists[OPEN]),
        "groups": groups,
        # A closed concern opens only on a click.
        "first": groups[0]["rows"][0] if groups and shown != CLOSED and not current else None,
        "others": _in_other_hands(user, at) if shown == OPEN else {},
    }


def _by_level(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Group rows by level, the most urgent first.

    Within one level a child is named once, at its longest wait; its other rows there follow without the name
    (`is_also`). At a lower level the child is named again (`is_above`).
    """
    named: set[int] = set()
    groups = []
    for urgency in urgencies():
        places: dict[int, list[dict[str, Any]]] = {}
        for row in rows:
            if row["urgency"] == urgency:
                places.setdefault(row["concern"].student_id, []).append(row)
        found = [
            row | {"is_also": n > 0, "is_above": n == 0 and student_id in named}
            for student_id, own in places.items()
            for n, row in enumerate(own)
        ]
        named |= places.keys()
        if found:
            groups.append({"urgency": urgency, "rows": found, "n": len(found)})
    return groups


def tabs_of(
    user: User,
    at: datetime,
    *,
    shown: str | None = None,
    counts: dict[str, int] | None = None,
    page: str = "",
) -> list[dict]:
    """Return the context of components/tabs.html.

    First come the lists of concerns (`shown`, with `counts`), then the other pages about them. `page` is the
    URL name of the current page. Pages that are seldom opened come behind the last tab.
    """
    address, counted = address_of("counselling:list"), counts or {}
    labels = {
        OPEN: pgettext("concerns", "Open"),
        MINE: _("Taken by me"),
        CLOSED: _("Closed lately"),
    }
    tabs: list[dict] = [
        {
            "url": f"{address}?show={key}" if key else address,
            "label": label,
            "count": counted.get(key),
            "is_current": key == shown,
            "is_seldom": key == CLOSED and key != shown,
        }
        for key, label in labels.items()
    ]
    leads = school_ids_where(user, Permission.CHECK_SAFEGUARDING, timezone.localdate(at))
    ask_together([open_hints_question(user, at), has_reports_question(user, at)])
    keeps_cases = case_policies.keeps_cases(user, at) or case_queries.has_cases(user, at)
    shared_queue = pgettext("of several schools", "Shared queue")
    pages = [
        (keeps_cases, "counselling:caseload", _("Cases"), None),
        (has_pool(user, at), "counselling:pool", shared_queue, None),
        (leads, "safeguarding:flags", pgettext("signals", "Hints"), open_hints(user, at)),
        (has_reports(user, at), "safeguarding:reports", _("Reports of suspected harm"), None),
        (leads, "counselling:levels", _("How soon"), None),
    ]
    return tabs + [
        {
            "url": address_of(name),
            "label": label,
            "count": count,
            "is_current": name == page,
            "is_seldom": name in SELDOM_OPENED and name != page,
        }
        for is_there, name, label, count in pages
        if is_there
    ]


def _in_other_hands(user: User, at: datetime) -> dict:
    """Return what a principal sees of concerns handled by others: how many, how long, how many late."""
    concerns = queries.in_other_hands(user, at)
    lines = []
    for urgency in urgencies():
        found = [one for one in concerns if urgency_of(one) == urgency]
        if found:
            line = {"urgency": urgency, "n": len(found)}
            line["longest"] = presenters.span_text(at - found[0].opened_at)
            line["late"] = sum(_is_late(one, at) for one in found)
            lines.append(line)
    return {"n": len(concerns), "lines": lines}


def _is_late(concern: Concern, at: datetime) -> bool:
    is_waiting = not concern.acknowledged_at and not concern.closed_at
    return (is_waiting and concern.due_at <= at) or presenters.is_late(concern, at)


def _row(concern, user, at, relations, classes, current) -> dict:
    open_and_free = not concern.acknowledged_at and not concern.closed_at
    return {
        "concern": concern,
        "urgency": urgency_of(concern),
        "url": address("counselling:detail", concern.pk),
        "take_url": address("counselling:acknowledge", concern.pk),
        "name": concern.student.name,
        "class_name": classes.get(concern.student_id, ""),
        "since": presenters.since_text(concern, at),
        "says": presenters.why(concern, relations),
        "whose": presenters.whose(concern, user, at),
        "is_late": _is_late(concern, at),
        "left": presenters.left_text(concern, at),
        "is_free": open_and_free,
        "is_current": bool(current and current.pk == concern.pk),
    }


def usual_closing(concern: Concern) -> str:
    """Return the most common way to close such a concern; the form only suggests it."""
    is_answered = concern.source == Concern.Source.FAMILY and concern.level != Concern.Level.RED
    return Concern.Closing.ANSWERED if is_answered else Concern.Closing.WITH_CHILD


def panel_context(concern: Concern, user: User, at: datetime) -> dict:
    relations = queries.relations_of([concern])
    people = queries.hand_over_choices(concern, at)
    return {
        "concern": concern,
        "class_name": queries.class_names([concern.student_id], at).get(concern.student_id, ""),
        "why": presenters.why(concern, relations),
        "tried": concern.words if concern.source == Concern.Source.NIGHT else "",
        "teller": policies.teller_of(user, concern, timezone.localdate(at)),
        "asked_at": presenters.day_text(concern.opened_at, at, concern),
        "done_label": presenters.done_label(concern),
        "to_do": _to_do(concern),
        "due_text": presenters.due_text(concern, at),
        "is_pressing": urgency_of(concern).is_now or _is_late(concern, at),
        "left": presenters.left_text(concern, at),
        "whose": presenters.whose(concern, user, at),
        "closed_at": concern.closed_at and presenters.day_text(concern.closed_at, at, concern),
        "phones": phones_of(concern),
        "hotlines": hotlines.police_first(concern.school),
        "reports": report_policies.reports_visible_to(user, timezone.localdate(at)).filter(
            student=concern.student_id
        ),
        "signals": signals_beside(concern.student, user, at),
        "urgency": urgency_of(concern),
        "level_set": presenters.level_set(concern, at),
        "level_form": LevelForm(auto_id="level_%s", initial={"level": concern.level}),
        "join_form": JoinForm(concerns=queries.join_choices(concern, user, at), auto_id="join_%s"),
        "joined": [
            {
                "at": presenters.day_text(one.opened_at, at, one),
                "why": presenters.why(one, relations),
                "part_url": reverse("counselling:part", args=[one.pk]),
            }
            for one in queries.joined_into(concern, user, at)
        ],
        **concern_context(concern, user, at),
        "case": case_queries.is_taken_up(concern, user, at),
        "can_take_up": case_policies.may_open_case(user, concern, at),
        "entries": _entries(concern, relations, at),
        "close_form": CloseForm(
            is_red=concern.level == Concern.Level.RED,
            initial={"closing": usual_closing(concern)},
        ),
        "hand_over_form": HandOverForm(people=people),
        "reopen_form": ReopenForm(),
    }


def _entries(
    concern: Concern, relations: presenters.Relations, at: datetime
) -> list[dict[str, str]]:
    entries = list(queries.entries_of(concern))
    said = queries.said_in(entries)
    rows: list[tuple[datetime, dict[str, str]]] = []
    for entry in entries:
        reply = said.get(entry.pk)
        row = {
            "at": presenters.day_text(entry.at, at, concern),
            "text": presenters.entry_text(entry, concern, relations),
            "words": entry.words,
        }
        if reply and reply.voice_id:
            row["voice_url"] = reverse("safeguarding:voice", args=[concern.pk, reply.pk])
        if reply and reply.wants_call:
            row["text"] = _("The family asks to be called back")
        rows.append((entry.at, row))
    for rung in rung_about(OutboxMessage.Kind.CONCERN, concern.pk):
        at_hour = presenters.day_text(rung.at, at, concern)
        row = {"at": at_hour, "text": presenters.rung_text(rung), "words": ""}
        rows.append((rung.at, row))
    return [row for _moment, row in sorted(rows, key=lambda pair: pair[0])]


def _to_do(concern: Concern) -> str:
    """Return the adult's task, as a heading."""
    if concern.closed_at:
        return str(concern.get_closing_display())
    if presenters.is_taken_back(concern):
        return _("Find out whether anybody was told something that is not true")
    if concern.source == Concern.Source.FAMILY:
        return _("Speak with %(name)s") % {"name": _caller(concern)}
    return _("Be with %(name)s") % {"name": concern.student.name}


def _caller(concern: Concern) -> str:
    return concern.adult.name if concern.adult else _("the family")


def wish_to_block(student: Student, adult_id: int | None, on: date) -> str:
    """Return the first words of a worry, for a teacher who may not block this adult but wants it done."""
    tie = current_guardianships(on).filter(student=student, adult=adult_id).first()
    if tie is None:
        return ""
    who = f"{Relation(tie.relation).label} {tie.adult.name}"
    return _("Please block %(who)s for this child. What I know:") % {"who": who}


def phones_of(concern: Concern) -> list[dict[str, str]]:
    """Return phone numbers of the adult who called for help; none if the adult has been blocked since.

    If the sender of a text is not certain, it is the number of the text.
    """
    points = usable_contact_points().filter(kind=ContactPoint.Kind.PHONE)
    if text := TEXT.row_of(concern.source_key):
        sent = IncomingMessage.objects.filter(routing=text)
        points = points.filter(school=concern.school_id, address__in=sent.values("address"))
    else:
        points = points.filter(adult_id=concern.adult_id or 0)
    who, numbers = _caller(concern), dict.fromkeys(point.address for point in points)
    return [{"number": one, "text": readable(one), "who": who} for one in numbers]


def row_context(concern: Concern, state: str, at: datetime) -> dict:
    """Return the row of Today after an act (components/work_row.html)."""
    item = counselling_work.work_item(concern, queries.relations_of([concern]), at)
    row: dict[str, Any] = {
        "key": item.key,
        "name": item.student_name,
        "urgency": item.urgency,
        "url": reverse("counselling:detail", args=[concern.pk]),
        "why": item.why,
        "when": _("just now"),
        "state": state,
        "acts": [],
    }
    if state == "done":
        return row | {"why": str(concern.get_closing_display())}
    if state == "handed_over":
        told = {"name": concern.named_adult.name if concern.named_adult else ""}
        return row | {"why": _("Handed over to %(name)s; we are notifying them.") % told}
    is_now = urgency_of(concern).is_now
    act = {"label": item.act_label, "url": item.act_url, "tone": "now" if is_now else "text"}
    opens = {"is_link": item.act_opens, "opens_in_place": item.act_opens}
    return row | {"acts": [act | opens], "later": hand_over_menu(concern, at)}


def hand_over_menu(concern: Concern, at: datetime) -> dict:
    """Return the `later` menu of parts/components/work_parts.html.

    A concern is never put off, only handed over.
    """
    choices = queries.hand_over_choices(concern, at)
    return {
        "label": _("Hand over"),
        "url": reverse("counselling:hand_over", args=[concern.pk]),
        "field": "to",
        "choices": [{"value": person.pk, "label": person.name} for person in choices],
    }
