"""Notices as text, and the contexts of the staff pages about them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from core.addresses import page_above
from core.days import clock_time, dated_time, day_and_time, week_day
from core.meanwhile import version_of
from core.requests import key_of
from guardians.models import Adult, Guardianship
from guardians.presenters import called
from notices import policies, queries
from notices.actions import as_previewed, said_in
from notices.forms import NoticeForm
from notices.models import Notice, NoticeChild, NoticeFile
from notices.queries import FamilyRow
from notices.reach import Child, Reach, reach_of_notice
from notices.reminding import reminders
from schools.policies import Viewer, own_class_ids
from schools.roles import Permission
from students.models import Enrolment
from students.policies import students_visible_to

EVENING_HOUR = 18  # o'clock; from then on today is called "tonight"
NAMES_OPEN = 30  # names shown on a board, about one screen of a phone


def moment(at: datetime, zone: str) -> str:
    return dated_time(at.astimezone(ZoneInfo(zone)))


def due_words(notice: Notice, on: date) -> str:
    """Return the deadline in words, seen from the day `on`; empty if the notice asks for nothing."""
    if notice.due_on is None:
        return ""
    days = (notice.due_on - on).days
    if days < 0:
        return _("overdue (%(day)s)") % {"day": week_day(notice.due_on)}
    if days == 0:
        return _("by today")
    if days == 1:
        return _("by tomorrow")
    return _by_day(notice.due_on)


def _by_day(on: date) -> str:
    return pgettext("deadline", "by %(day)s") % {"day": week_day(on)}


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


def state_words(notice: Notice, counts: queries.Counts, zone: str) -> str:
    """Return the state of a notice in the list. A family in which somebody said no has not signed."""
    if notice.is_draft:
        return pgettext("a notice", "stopped") if notice.sent_for_id else _("draft")
    if notice.is_scheduled and notice.starts_at:
        return _("will be sent %(when)s") % {"when": moment(notice.starts_at, zone)}
    if notice.is_recalled and notice.recalled_at:
        return _("recalled %(when)s") % {"when": moment(notice.recalled_at, zone)}
    words = {"n": counts.settled, "all": counts.families}
    if notice.kind == Notice.Kind.READ:
        return _("%(n)d of %(all)d families have read it") % words
    if notice.kind == Notice.Kind.CONFIRM:
        return _("%(n)d of %(all)d families have confirmed") % words
    if not counts.refused:
        return _("%(n)d of %(all)d families have signed") % words
    words |= {"n": counts.agreed, "refused": counts.refused}
    return _("%(n)d of %(all)d families have signed, %(refused)d said no") % words


def open_words(notice: Notice, n: int) -> str:
    """Return how many families have not answered yet."""
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
    """Return the families we cannot reach. Only children whom the viewer may see are named."""
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


def listed(viewer: Viewer, skip: int) -> dict[str, Any]:
    rows, has_more = queries.listed(viewer.user, viewer.on, skip)
    names = queries.class_names([row.notice for row in rows])
    shown = [
        {
            "notice": row.notice,
            "url": reverse(
                "notices:preview" if row.notice.is_draft else "notices:board", args=[row.notice.pk]
            ),
            "audience": audience_words(row.notice, names),
            "state": state_words(row.notice, row.counts, row.notice.school.time_zone),
            "due": due_words(row.notice, viewer.on) if row.notice.due_on else "",
            "is_open": row.notice.state == Notice.State.SENT and row.counts.open > 0,
            "share": _share(row.counts),
        }
        for row in rows
    ]
    next_url = f"?skip={skip + queries.PAGE}" if has_more else ""
    may_write = policies.may_write(viewer.user, viewer.on)
    keeps_texts = viewer.school is not None and policies.may_write_to_school(
        viewer.user, viewer.school.pk, viewer.on
    )
    return {
        "rows": shown,
        "next_url": next_url,
        "may_write": may_write,
        "keeps_texts": keeps_texts,
    }


def _share(counts: queries.Counts) -> int:
    """Return the percentage of settled families."""
    return round(100 * counts.settled / counts.families) if counts.families else 0


def initial(notice: Notice | None, viewer: Viewer, child: str) -> dict[str, Any]:
    if notice is None:
        own = list(own_class_ids(viewer.user, viewer.on))
        if student_id := key_of(child):
            return {"scope": "children", "children": [student_id], "kind": "confirm"}
        return {"scope": "classes", "classes": own, "kind": "confirm"}
    return {
        "kind": notice.kind,
        "title": notice.title,
        "words": notice.words,
        "due_on": notice.due_on,
        "everybody": not notice.one_is_enough,
        "scope": notice.scope,
        str(notice.scope): notice.picked,
        "instead_of": version_of(*said_in(notice)),
    }


def writing(form: NoticeForm, children: QuerySet[Enrolment]) -> dict[str, Any]:
    """Return the choices with the chosen ones marked. Compares strings, as a browser posts them."""
    chosen = {
        name: {str(value) for value in form[name].value() or []}
        for name in ("grades", "classes", "children", "removed")
    }
    fields: Any = form.fields
    by_class: dict[str, list[dict[str, Any]]] = {}
    offered = {pk for pk, _name in fields["children"].choices}
    for row in children:
        if row.student_id in offered:
            is_on = str(row.student_id) in chosen["children"]
            one = {"value": row.student_id, "label": row.student.name, "checked": is_on}
            by_class.setdefault(row.school_class.name, []).append(one)
    parts = [
        {"name": name, "rows": rows, "is_open": any(row["checked"] for row in rows)}
        for name, rows in by_class.items()
    ]
    return {
        "kinds": _choices(form, "kind", {str(form["kind"].value() or "")}),
        "scopes": _choices(form, "scope", {str(form["scope"].value() or "")}),
        "grades": _choices(form, "grades", chosen["grades"]),
        "classes": _choices(form, "classes", chosen["classes"]),
        "children_parts": parts,
        "files": [
            {
                "pk": file.pk,
                "name": file_name(file, place),
                "checked": str(file.pk) in chosen["removed"],
            }
            for place, file in enumerate(form.has, 1)
        ],
    }


def _choices(form: NoticeForm, name: str, chosen: set[str]) -> list[dict[str, Any]]:
    field: Any = form.fields[name]
    return [
        {"value": value, "label": label, "checked": str(value) in chosen}
        for value, label in field.choices
    ]


def preview(notice: Notice, viewer: Viewer) -> dict[str, Any]:
    """Return the notice as families see it, how many it reaches, who is left out, and when it arrives."""
    reach = reach_of_notice(notice, viewer.on)
    left = [child.student.pk for child in reach.left_out]
    visible = students_visible_to(viewer.user, viewer.on).filter(pk__in=left)
    knows = policies.may_know_of_blocks(viewer.user, notice, viewer.on)
    zone = notice.school.time_zone
    return {
        "notice": notice,
        "seen": as_previewed(notice),
        "may_change": notice.author_id == viewer.user.pk and not notice.sent_for_id,
        "audience": audience_words(notice, queries.class_names([notice])),
        "families": reach.families,
        "families_reached": reach.families_reached,
        "adults": len(reach.adults),
        "left_out": left_out_rows(reach, set(visible.values_list("pk", flat=True)), knows),
        "arrivals": arrival_rows(reach, viewer.at, zone),
        "due": due_words(notice, viewer.on),
        "files": files(notice),
        "zone": zone,
    }


def files(notice: Notice) -> list[dict[str, Any]]:
    return [
        {
            "name": file_name(file, place),
            "url": reverse("notices:file", args=[file.pk]),
            "is_photo": bool(file.photo_id),
        }
        for place, file in enumerate(notice.files.defer("pdf"), 1)
    ]


def board(notice: Notice, viewer: Viewer) -> dict[str, Any]:
    found = queries.board(notice, viewer.user, viewer.on)
    leads = policies.leads(viewer.user, notice, viewer.on)
    zone = notice.school.time_zone
    calls = [row for row in found.rows if row.needs_a_call]
    return {
        "notice": notice,
        "leads": leads,
        "audience": audience_words(notice, queries.class_names([notice])),
        "counts": found.counts,
        "share": _share(found.counts),
        "state": state_words(notice, found.counts, zone),
        "due": due_words(notice, viewer.on),
        "parts": [
            {
                "name": part.name,
                "settled": part.settled,
                "all": len(part.rows),
                "groups": _groups(part.rows, notice, zone),
            }
            for part in found.parts
        ],
        "remind": _remind_words(notice, found.rows, viewer) if found.counts.open else "",
        "calls": len(calls),
        "may_call": viewer.can(Permission.RECORD_VISITS),
        "may_note": viewer.can(Permission.OBSERVE),
        "files": files(notice),
        "starts": moment(notice.starts_at, zone) if notice.starts_at else "",
        "sent": moment(notice.sent_at, zone) if notice.sent_at else "",
        "recalled": moment(notice.recalled_at, zone) if notice.recalled_at else "",
    }


def _remind_words(notice: Notice, rows: Sequence[FamilyRow], viewer: Viewer) -> str:
    """Return the text of the button: whom it reminds, and from when. Empty if nobody can be reminded now."""
    waiting = [line for row in rows for line in row.children if not line.settled_at]
    asked = reminders(notice, waiting, viewer.at)
    if notice.state != Notice.State.SENT or not asked:
        return ""
    children = {pk for one in asked for pk in one.children}
    n = len({line.family for line in waiting if line.student_id in children})
    hours = sorted(one.due_at for one in asked)
    when = hour_words(hours[0], hours[-1], viewer.at, notice.school.time_zone)
    words = {"n": n, "when": when}
    return ngettext("Remind %(n)d family, %(when)s", "Remind %(n)d families, %(when)s", n) % words


def hour_words(first: datetime, last: datetime, at: datetime, zone: str) -> str:
    """Return when the first of several messages is sent, in school time: "tonight 19:00".

    If others are sent later: "from tonight 19:00".
    """
    if last <= at:
        return pgettext("when reminders go", "now")
    if first <= at:
        return pgettext("when reminders go", "from now on")
    local, now = first.astimezone(ZoneInfo(zone)), at.astimezone(ZoneInfo(zone))
    if local.date() == now.date() and local.hour >= EVENING_HOUR:
        when = pgettext("when reminders go", "tonight %(time)s") % {"time": clock_time(local)}
    else:
        when = day_and_time(local, now.date())
    if first == last:
        return when
    return pgettext("when reminders go", "from %(when)s") % {"when": when}


def _groups(rows: Sequence[FamilyRow], notice: Notice, zone: str) -> list[dict[str, Any]]:
    """Group families by state.

    Families who have answered are folded, and so is everything beyond one screen.
    """
    settled = {
        Notice.Kind.READ: _("Read"),
        Notice.Kind.CONFIRM: _("Confirmed"),
        Notice.Kind.SIGN: _("Signed"),
    }
    titles = {
        "refused": _("Said no"),
        "not_reached": _("No message reached them"),
        "unseen": _("Not seen yet"),
        "seen": _("Seen, no answer yet"),
        "settled": settled[Notice.Kind(notice.kind)],
    }
    groups, told = [], 0
    for state in queries.STATES:
        found = [_row(row, notice, zone) for row in rows if row.state == state]
        if found:
            told += len(found)
            is_open = state != "settled" and told <= NAMES_OPEN
            groups.append(
                {"state": state, "title": titles[state], "rows": found, "is_open": is_open}
            )
    return groups


def _row(row: FamilyRow, notice: Notice, zone: str) -> dict[str, Any]:
    own = [one for one in row.answers if one.via != one.Via.PAGE]
    child, adults = row.children[0].student_id, {one.adult_id for one in row.people}
    mend_url = ""
    if not row.is_settled and row.is_unreached:
        mend_url = reverse("guardians:family", args=[child])
        if len(adults) == 1:
            mend_url = reverse("guardians:family_adult", args=[child, *adults])
    return {
        "pk": row.children[0].pk,
        "student": child,
        "name": _(", ").join(child.student.name for child in row.children),
        "url": page_above("child", child),
        "people": _(", ").join(called(one) for one in row.people),
        "mend_url": mend_url,
        "words": _standing(row, notice, zone),
        "may_tell": notice.state == Notice.State.SENT and not row.is_settled,
        "withdraw": own[0].pk if own else None,
    }


def _standing(row: FamilyRow, notice: Notice, zone: str) -> str:
    """Return the state of this family in words."""
    if row.refusals:
        return _refused_words(row, zone)
    if row.is_settled:
        return _settled_words(row, notice, zone)
    if row.left_out:
        why = LEFT_OUT_WORDS[NoticeChild.LeftOut(row.left_out)]
        return _("no message sent: %(why)s") % {"why": why}
    if row.answers:
        names = _(", ").join(dict.fromkeys(one.adult.name for one in row.answers))
        return _("answered by %(names)s; waiting for others") % {"names": names}
    if row.is_unreached:
        return _("message not delivered")
    if row.is_seen:
        return _("seen, no answer yet")
    return _("not seen yet")


def _refused_words(row: FamilyRow, zone: str) -> str:
    first = row.refusals[0]
    said = dict.fromkeys(one.words for one in row.refusals if one.words)
    words = {
        "names": _(", ").join(dict.fromkeys(one.adult.name for one in row.refusals)),
        "when": moment(first.at, zone),
        "words": " ".join(f"“{one}”" for one in said),
    }
    told = _("%(names)s said no, %(when)s") % words
    signed = dict.fromkeys(one.adult.name for one in row.answers if not one.is_refused)
    if signed:
        told = _("%(refused)s; signed by %(names)s") % {
            "refused": told,
            "names": _(", ").join(signed),
        }
    return f"{told} {words['words']}".strip()


def _settled_words(row: FamilyRow, notice: Notice, zone: str) -> str:
    when = moment(row.settled_at, zone) if row.settled_at else ""
    names = _(", ").join(dict.fromkeys(one.adult.name for one in row.answers))
    if not names:
        return _("read %(when)s") % {"when": when}
    how = ""
    if any(one.via != one.Via.PAGE for one in row.answers):
        how = row.answers[0].get_via_display()
    words = {"names": names, "when": when, "how": how}
    if how:
        return _("%(names)s, %(when)s, %(how)s") % words
    if notice.wants_signature:
        return _("signed by %(names)s, %(when)s") % words
    return _("confirmed by %(names)s, %(when)s") % words


def paper(notice: Notice, viewer: Viewer) -> dict[str, Any]:
    """List open families with phone numbers; families we cannot message come first."""
    found = queries.board(notice, viewer.user, viewer.on)
    adults = {one.adult_id for row in found.rows for one in row.people}
    phones = queries.phones_of(adults)
    parts: list[dict[str, Any]] = []
    children: list[int] = []
    for part in found.parts:
        waiting = sorted(
            (row for row in part.rows if not row.is_settled), key=lambda row: not row.needs_a_call
        )
        children += [child.student_id for row in waiting for child in row.children]
        rows = [
            {
                "name": _(", ").join(child.student.name for child in row.children),
                "why": _standing(row, notice, notice.school.time_zone),
                "people": [
                    {"called": called(one), "phones": phones.get(one.adult_id, [])}
                    for one in row.people
                ],
            }
            for row in waiting
        ]
        if rows:
            parts.append({"name": part.name, "rows": rows})
    return {
        "notice": notice,
        "parts": parts,
        "children": children,
        "due": notice.due_on and _by_day(notice.due_on),  # paper is read on another day
        "on": viewer.on,
    }


def people_choices(people: Sequence[Guardianship]) -> list[tuple[int, str]]:
    return [(one.adult_id, called(one)) for one in people]


def lines_told_of(line: NoticeChild, adult: Adult, viewer: Viewer) -> list[NoticeChild]:
    """Return this child's line and those of its brothers and sisters in the notice.

    Only lines for which the adult may answer and which the viewer may see.
    """
    on = viewer.on
    lines = policies.children_seen_by(viewer.user, on).filter(notice=line.notice_id)
    held = policies.guardianships_for_notices(
        Adult.objects.filter(pk=adult.pk, blocked_at=None), on
    )
    found = list(lines.filter(student__in=held.values("student_id")).select_related("student"))
    if not line.notice.wants_signature:
        return found
    return policies.signable(adult, found, on)
