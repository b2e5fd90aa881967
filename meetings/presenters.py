"""Text about meetings, and the contexts of the pages of staff and family about them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from core.addresses import page_above
from core.days import clock_time, near_dated_day, week_day
from core.names import joined, teacher_name
from guardians.models import Guardianship
from guardians.presenters import called
from meetings import messages, policies, rules
from meetings.forms import MeetingForm
from meetings.models import Meeting, MeetingChild, MeetingInvitation, MeetingPhoto
from meetings.photos.policies import may_add
from meetings.reach import ties
from schools import record_checks
from schools.models import School
from schools.policies import Viewer
from schools.roles import Permission

Reply = MeetingInvitation.Reply
NAMES_OPEN = 12  # of a list: half a screen on a phone
PAST_SHOWN = 30  # past meetings in the list
CLASSES_NAMED = 4  # more classes than this are counted


# -- words --------------------------------------------------------------------------------------


def zone_of(school: School) -> ZoneInfo:
    return ZoneInfo(school.time_zone)


def when_words(meeting: Meeting, now: datetime) -> str:
    """Return text such as "12月4日 周五 15:00–16:30", on the school's clock."""
    zone = zone_of(meeting.school)
    starts, ends = meeting.starts_at.astimezone(zone), meeting.ends_at.astimezone(zone)
    day = near_dated_day(starts.date(), now.astimezone(zone).date())
    joiner = "\u2060"  # keeps both times on one line
    return f"{day} {clock_time(starts)}{joiner}–{joiner}{clock_time(ends)}"


def own_time_words(at: datetime, school: School, own: ZoneInfo) -> str:
    """Return the time where the reader is; "" if their clock agrees with the school's."""
    here = at.astimezone(own)
    if here.utcoffset() == at.astimezone(zone_of(school)).utcoffset():
        return ""
    words = _("Where you are that is %(day)s %(time)s.")
    return words % {"day": week_day(here.date()), "time": clock_time(here)}


def audience_words(meeting: Meeting, class_names: Sequence[str], children: int) -> str:
    """Say who is invited. `class_names`: of the children whom it concerns."""
    Scope = Meeting.Scope
    if meeting.scope == Scope.SCHOOL:
        return _("the whole school")
    if meeting.scope == Scope.GRADES:
        numbers = joined(str(number) for number in sorted(meeting.picked))
        return _("grade %(numbers)s") % {"numbers": numbers}
    if meeting.scope == Scope.CLASSES and len(class_names) <= CLASSES_NAMED:
        return joined(class_names)
    if meeting.scope == Scope.CLASSES:
        n = len(class_names)
        return ngettext("%(n)d class", "%(n)d classes", n) % {"n": n}
    return ngettext("%(n)d child", "%(n)d children", children) % {"n": children}


def count_words(counts: dict[str, int]) -> str:
    """Return text such as "8 coming · 2 by phone or video · 1 cannot · 5 not answered"."""
    words = [
        _("%(n)d coming") % {"n": counts["coming"]},
        _("%(n)d by phone or video") % {"n": counts["remote"]},
        _("%(n)d cannot") % {"n": counts["cannot"]},
        _("%(n)d not answered") % {"n": counts["open"]},
    ]
    shown = zip(("coming", "remote", "cannot", "open"), words, strict=True)
    return " · ".join(said for name, said in shown if counts[name]) or _("nobody is invited")


# -- staff --------------------------------------------------------------------------------------


def listed(viewer: Viewer) -> dict[str, Any]:
    """Return the list of meetings; the number of queries does not depend on that of meetings."""
    seen = policies.meetings_visible_to(viewer.user, viewer.on).filter(school=viewer.school)
    rows = seen.select_related("school", "author")
    coming = list(rows.filter(ends_at__gt=viewer.at).order_by("starts_at", "pk"))
    past = list(rows.filter(ends_at__lte=viewer.at).order_by("-starts_at", "-pk")[:PAST_SHOWN])
    everything = [*coming, *past]
    about = _about(everything)
    counts = _counts(viewer, everything)
    return {
        "coming": [_listed(one, about, counts, viewer) for one in coming],
        "past": [_listed(one, about, counts, viewer) for one in past],
    }


def _about(meetings: Sequence[Meeting]) -> dict[int, str]:
    """Return {meeting id: whom it concerns, as text}."""
    names: dict[int, list[str]] = {one.pk: [] for one in meetings}
    children: dict[int, int] = dict.fromkeys(names, 0)
    rows = MeetingChild.objects.filter(meeting__in=meetings).order_by(
        "school_class__grade__number", "school_class__number"
    )
    for pk, name, count in rows.values_list("meeting_id", "school_class__name").annotate(
        n=Count("pk")
    ):
        names[pk].append(name)
        children[pk] += count
    return {one.pk: audience_words(one, names[one.pk], children[one.pk]) for one in meetings}


def _counts(viewer: Viewer, meetings: Sequence[Meeting]) -> dict[int, dict[str, int]]:
    fresh = Q(meeting__moved_at=None) | Q(replied_at__gt=F("meeting__moved_at"))
    rows = policies.invitations_seen_by(viewer.user, meetings, viewer.on).order_by()
    found = rows.values("meeting_id").annotate(
        coming=Count("pk", filter=fresh & Q(reply=Reply.COMING)),
        remote=Count("pk", filter=fresh & Q(reply=Reply.REMOTE)),
        cannot=Count("pk", filter=fresh & Q(reply=Reply.CANNOT)),
        everybody=Count("pk"),
        came=Count("came_at"),
    )
    none = dict.fromkeys(("coming", "remote", "cannot", "open", "came", "everybody"), 0)
    counts = {one.pk: none for one in meetings}
    for row in found:
        own: dict[str, int] = dict(row)  # type: ignore[arg-type]  # counts and a key
        replied = own["coming"] + own["remote"] + own["cannot"]
        counts[own["meeting_id"]] = own | {"open": own["everybody"] - replied}
    return counts


def _listed(
    meeting: Meeting, about: dict[int, str], counts: dict[int, dict[str, int]], viewer: Viewer
) -> dict[str, Any]:
    own = counts[meeting.pk]
    if meeting.off_at:
        state = _("cancelled")
    elif meeting.ends_at <= viewer.at:
        came = ngettext("%(n)d person was there", "%(n)d people were there", own["came"])
        state = came % {"n": own["came"]}
    else:
        state = count_words(own)
    return {
        "meeting": meeting,
        "url": reverse("meetings:meeting", args=[meeting.pk]),
        "when": when_words(meeting, viewer.at),
        "audience": about[meeting.pk],
        "state": state,
        "is_open": bool(own["open"]) and not meeting.off_at and meeting.ends_at > viewer.at,
    }


def writing(form: MeetingForm, enrolments: Iterable) -> dict[str, Any]:
    """Return the choices of the form, and the children by class."""
    parts: list[dict[str, Any]] = []
    picked = _picked(form, "children")
    for row in enrolments:
        if not parts or parts[-1]["pk"] != row.school_class_id:
            parts.append(
                {
                    "pk": row.school_class_id,
                    "name": row.school_class.name,
                    "rows": [],
                    "is_open": False,
                }
            )
        is_picked = str(row.student_id) in picked
        parts[-1]["is_open"] |= is_picked
        parts[-1]["rows"].append(
            {"value": row.student_id, "label": row.student.name, "checked": is_picked}
        )
    names = ("kind", "scope", "grades", "classes", "slot_minutes", "expert")
    choices = {}
    for name in names:
        field: Any = form.fields[name]
        picked = _picked(form, name)
        choices[name] = [
            {
                "value": value,
                "label": label,
                "checked": str(value) in picked or (value == "" and picked == {"None"}),
            }
            for value, label in field.choices
        ]
    return {"choices": choices, "children_parts": parts}


def _picked(form: MeetingForm, name: str) -> set[str]:
    value = form[name].value()
    return {str(one) for one in (value if isinstance(value, list | tuple) else [value])}


def clash_words(found: Sequence[tuple[Meeting, int]], now: datetime) -> list[str]:
    words = []
    for other, n in found:
        said = ngettext(
            "%(n)d adult is invited to “%(title)s” then: %(when)s.",
            "%(n)d adults are invited to “%(title)s” then: %(when)s.",
            n,
        )
        words.append(said % {"n": n, "title": other.title, "when": when_words(other, now)})
    return words


def invited_rows(meeting: Meeting, viewer: Viewer) -> list[dict[str, Any]]:
    """Return everybody invited whom this viewer may see, by the name of the child. Five queries."""
    children = {
        row.student_id: row for row in policies.children_seen_by(viewer.user, meeting, viewer.on)
    }
    held: dict[int, list[Guardianship]] = {}
    for tie in ties(viewer.on).filter(student__in=children).select_related("adult", "student"):
        held.setdefault(tie.adult_id, []).append(tie)
    rows = {row.adult_id: row for row in meeting.invitations.filter(adult__in=held)}
    through = messages.ways_through({row.pk: meeting.moves for row in rows.values()})
    found = [
        _invited(meeting, rows[pk], own, through.get(rows[pk].pk))
        for pk, own in held.items()
        if pk in rows
    ]
    return sorted(found, key=lambda row: (row["order"], row["pk"]))


def _invited(
    meeting: Meeting, row: MeetingInvitation, own: list[Guardianship], got_through: bool | None
) -> dict[str, Any]:
    own = sorted(own, key=lambda tie: tie.student.name_pinyin)
    reply = row.reply_now(meeting)
    return {
        "pk": row.pk,
        "order": own[0].student.name_pinyin,
        "row": row,
        "name": joined(tie.student.name for tie in own),
        "relation": called(own[0]),
        "adult": own[0].adult.name,
        "child_url": page_above("child", own[0].student_id),
        "student_id": own[0].student_id,
        "reply": reply,
        "before": row.get_reply_display() if row.reply and not reply else "",
        "state": reply or ("waits" if got_through is not None else "unreached"),
        "is_on_its_way": got_through is False and not reply,
    }


def nobody_rows(meeting: Meeting, viewer: Viewer) -> list[str]:
    """Return the names of children without anybody to whom the school may write."""
    children = policies.children_seen_by(viewer.user, meeting, viewer.on)
    held = set(
        ties(viewer.on)
        .filter(student__in=children.order_by().values("student_id"))
        .values_list("student_id", flat=True)
    )
    return [row.student.name for row in children if row.student_id not in held]


def shown(meeting: Meeting, viewer: Viewer) -> dict[str, Any]:
    rows = invited_rows(meeting, viewer)
    is_over = meeting.ends_at <= viewer.at
    has_begun = meeting.starts_at <= viewer.at
    zone = zone_of(meeting.school)
    # False, for example, if the record has expired since the meeting was planned.
    day = meeting.starts_at.astimezone(zone).date()
    may_speak = meeting.expert is None or record_checks.counts(meeting.expert.checked_on, day)
    titles = {
        "unreached": _("Not reached") if has_begun else _("Not reached: call them"),
        "waits": pgettext("of an invitation", "Not answered yet"),
        Reply.COMING: _("Coming"),
        Reply.REMOTE: _("By phone or video"),
        Reply.CANNOT: _("Cannot come"),
    }
    groups, told = [], 0
    for state, title in titles.items():
        found = [row for row in rows if row["state"] == state]
        told += len(found)
        if found:
            groups.append(
                {"state": state, "title": title, "rows": found, "is_open": told <= NAMES_OPEN}
            )
    return {
        "meeting": meeting,
        "when": when_words(meeting, viewer.at),
        "audience": _about([meeting])[meeting.pk],
        "counts": count_words(_counts(viewer, [meeting])[meeting.pk]),
        "came": sum(row["row"].came_at is not None for row in rows),
        "groups": groups,
        "nobody": nobody_rows(meeting, viewer),
        "wishes": [row for row in rows if row["row"].wish],
        "slots": _slot_rows(meeting, rows, viewer.on, zone) if meeting.slot_minutes else [],
        "leads": policies.leads(viewer.user, meeting, viewer.on),
        "is_over": is_over,
        "photos": list(_photos(meeting)),
        "may_add": may_add(meeting, viewer.at) and policies.leads(viewer.user, meeting, viewer.on),
        "is_not_looked_up": not is_over and not may_speak,
        "is_ahead": not has_begun and not meeting.off_at,
        "door_is_open": not meeting.off_at and (has_begun or _door(meeting, viewer.at)),
        "replies": [one for one in Reply if one != Reply.REMOTE or meeting.remote],
        "takes_answers": not meeting.off_at
        and rules.takes_answers(
            meeting.starts_at, meeting.ends_at, meeting.slot_minutes, None, viewer.at
        ),
        "may_call": viewer.can(Permission.RECORD_VISITS),
    }


def _photos(meeting: Meeting) -> QuerySet[MeetingPhoto]:
    return meeting.photos.select_related("photo").order_by("pk")


def _door(meeting: Meeting, at: datetime) -> bool:
    return rules.door_is_open(meeting.starts_at, meeting.ends_at, at)


def door_is_closed() -> str:
    """Return why "I am here" was not recorded, for a page that was opened earlier."""
    return _(
        "“I am here” can be tapped from %(before)s minutes before the meeting until %(after)s minutes"
        " after it. If you are there, please tell the teacher."
    ) % {"before": rules.DOOR_OPENS_MINUTES, "after": rules.DOOR_CLOSES_MINUTES}


def _slot_rows(
    meeting: Meeting, rows: Sequence[dict[str, Any]], on: date, zone: ZoneInfo
) -> list[dict[str, Any]]:
    taken = {row["row"].slot_at: row for row in rows if row["row"].slot_at}
    hidden = set(policies.booked(meeting, on).values_list("slot_at", flat=True)) - set(taken)
    return [
        {
            "time": clock_time(one.astimezone(zone)),
            "who": taken.get(one),
            "is_hidden": one in hidden,
        }
        for one in rules.slots(meeting.starts_at, meeting.ends_at, meeting.slot_minutes or 1)
    ]


def door(meeting: Meeting, viewer: Viewer) -> dict[str, Any]:
    """Return the list at the door: expected people first, everybody else below."""
    rows = invited_rows(meeting, viewer)
    expected = [row for row in rows if row["reply"] in (Reply.COMING, Reply.REMOTE)]
    others = [row for row in rows if row["reply"] not in (Reply.COMING, Reply.REMOTE)]
    parts = [
        {"title": _("Said they are coming"), "rows": expected, "is_open": True},
        {
            "title": _("Everyone else who is invited"),
            "rows": others,
            "is_open": not expected or any(row["row"].came_at for row in others),
        },
    ]
    return {
        "meeting": meeting,
        "when": when_words(meeting, viewer.at),
        "parts": [part for part in parts if part["rows"]],
        "is_open": not meeting.off_at
        and (meeting.starts_at <= viewer.at or _door(meeting, viewer.at)),
    }


# -- family -------------------------------------------------------------------------------------


def family_list(rows: Iterable[MeetingInvitation], at: datetime) -> dict[str, Any]:
    found = [
        {
            "url": reverse("family_meetings:meeting", args=[row.meeting_id]),
            "title": row.meeting.title,
            "when": when_words(row.meeting, at),
            "state": family_state(row, at),
            "waits": waits(row, at),
            "is_over": row.meeting.ends_at <= at,
        }
        for row in sorted(rows, key=lambda row: row.meeting.starts_at)
    ]
    return {
        "coming": [row for row in found if not row["is_over"]],
        "past": [row for row in reversed(found) if row["is_over"]],
    }


def waits(row: MeetingInvitation, at: datetime) -> bool:
    meeting = row.meeting
    return not meeting.off_at and meeting.starts_at > at and not row.reply_now(meeting)


def family_state(row: MeetingInvitation, at: datetime) -> str:
    meeting = row.meeting
    if meeting.off_at:
        return _("cancelled by the school")
    if row.came_at:
        return _("You were there")
    return {
        Reply.COMING.value: _("You are coming"),
        Reply.REMOTE.value: _("You take part by phone or video"),
        Reply.CANNOT.value: _("You cannot come"),
        "": _("Please answer") if meeting.starts_at > at else "",
    }[row.reply_now(meeting)]


def family_page(row: MeetingInvitation, at: datetime, token: str) -> dict[str, Any]:
    meeting, adult = row.meeting, row.adult
    reply = row.reply_now(meeting)
    zone = zone_of(meeting.school)
    is_ahead = row.takes_answer(at)
    slots, theirs, on = [], None, at.astimezone(zone).date()
    if is_ahead and meeting.slot_minutes:
        theirs = policies.family_slot(row, on)
    if is_ahead and meeting.slot_minutes and theirs is None:
        taken = {one.slot_at for one in policies.booked(meeting, on) if one.slot_at}
        times = (meeting.starts_at, meeting.ends_at, meeting.slot_minutes)
        slots = [
            {"value": one.isoformat(), "time": clock_time(one.astimezone(zone))}
            for one in rules.free_slots(*times, taken, at)
        ]
    if token:
        ics_url = reverse("family_meetings:link_ics", args=[token])
    else:
        ics_url = reverse("family_meetings:ics", args=[meeting.pk])
    return {
        "meeting": meeting,
        "row": row,
        "when": when_words(meeting, at),
        "own_time": own_time_words(meeting.starts_at, meeting.school, adult.hours.zone),
        "teacher": teacher_name(meeting.author.surname),
        "reply": reply,
        "state": family_state(row, at) if reply or row.came_at else "",
        "is_moved": bool(row.reply) and not reply,
        "is_ahead": is_ahead,
        "is_open": not meeting.off_at and _door(meeting, at) and not row.came_at,
        "slot": clock_time(row.slot_at.astimezone(zone)) if row.slot_at else "",
        "slots": slots,
        "family_slot": clock_time(theirs.astimezone(zone)) if theirs else "",
        "minutes": meeting.minutes if meeting.minutes_shown else "",
        # Behind a link, anybody at this phone may be looking.
        "photos": [] if token or meeting.off_at else list(_photos(meeting)),
        "ics_url": ics_url if is_ahead else "",
        "token": token,
        "school_phone": meeting.school.phone,
    }
