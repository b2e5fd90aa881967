"""Build the contexts of a family's pages about notices."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from notices import actions, policies, presenters, queries
from notices.links import Opened
from notices.models import Notice, NoticeChild, NoticeFile
from schools.policies import today_in

SHOWN = 40  # newest notices on the family's list


def listed(adults, at: datetime) -> dict[str, Any]:
    """List notices, open ones first. The number of queries is the same for one notice and for ten."""
    on = timezone.localdate(at)
    lines = policies.lines_of_family(adults, on).order_by("-notice__sent_at", "-pk")[: SHOWN * 2]
    found: dict[int, list[NoticeChild]] = {}
    for line in lines:
        found.setdefault(line.notice_id, []).append(line)
    mine = queries.seen_by(adults, list(found))
    children = {line.student_id for line in lines}
    own_children = children_to_sign_for(lines, children, adults, on)
    rows: list[dict[str, Any]] = []
    for own in list(found.values())[:SHOWN]:
        notice = own[0].notice
        waits = waits_for_family(notice, own, mine, own_children)
        is_asked = waits and asks_an_answer(notice, own, own_children)
        sent_on = timezone.localdate(notice.sent_at) if notice.sent_at else None
        rows.append(
            {
                "url": reverse("family_notices:notice", args=[notice.pk]),
                "title": notice.title,
                "children": presenters.children_words(own),
                "day": presenters.week_day(sent_on) if sent_on else "",
                "due": presenters.due_words(notice, on) if is_asked else "",
                "waits": waits,
                "is_recalled": notice.is_recalled,
            }
        )
    return {"rows": sorted(rows, key=lambda row: not row["waits"])}


def children_to_sign_for(
    lines: Iterable[NoticeChild], student_ids: Collection[int], adults, on: date
) -> set[int]:
    """Return ids of those children for whom these adults may sign.

    Runs no query if no notice waits for a signature.
    """
    if all(line.settled_at for line in lines if line.notice.wants_signature):
        return set()
    adult_ids = [one.pk for one in adults]
    return set(policies.children_decided_for(adult_ids=adult_ids, student_ids=student_ids, on=on))


def asks_an_answer(
    notice: Notice, lines: Collection[NoticeChild], own_children: Collection[int]
) -> bool:
    """Return whether the notice asks this reader to confirm or sign. A carer who may not sign only reads."""
    if notice.wants_signature:
        return any(line.student_id in own_children for line in lines)
    return notice.wants_answer


def waits_for_family(
    notice: Notice,
    lines: Collection[NoticeChild],
    seen: set[int],
    own_children: Collection[int],
) -> bool:
    """Return whether this reader still has to read or answer."""
    if notice.is_recalled:
        return False
    if not asks_an_answer(notice, lines, own_children):
        return notice.pk not in seen and any(line.settled_at is None for line in lines)
    return any(line.settled_at is None for line in lines)


def page(opened: Opened, at: datetime, token: str) -> dict[str, Any]:
    notice, adult = opened.notice, opened.adult
    on = today_in(notice.school, at)
    answers = queries.answers_of(opened.lines)
    own = [one for one in answers if one.adult_id == adult.pk]
    mine = opened.lines
    if notice.wants_signature:
        mine = policies.signable(adult, opened.lines, on)
    answered = {one.child_id for one in own}
    open_lines = [line for line in mine if line.pk not in answered]
    row = queries.notified_of(notice, adult)
    names = presenters.children_words(open_lines or mine, given=False)
    return {
        "notice": notice,
        "adult": adult,
        "token": token,
        "children": presenters.children_words(opened.lines),
        "teacher": notice.author.name,
        "sent": presenters.moment(notice.sent_at, adult.hours.zone.key) if notice.sent_at else "",
        "due": presenters.due_words(notice, on),
        "files": [
            _file(file, place, notice, token)
            for place, file in enumerate(notice.files.defer("pdf"), 1)
        ],
        "translation": queries.translation_of(notice, adult.language),
        "statement": actions.statement_words(notice, names, adult.name),
        "refused_by": _(", ").join(
            dict.fromkeys(one.adult.name for one in answers if one.is_refused and one not in own)
        ),
        "is_seen": bool(row and row.seen_at),
        "own": own[0] if own and not open_lines else None,
        "own_when": presenters.moment(own[0].at, adult.hours.zone.key) if own else "",
        "is_settled": all(line.settled_at for line in opened.lines),
        "may_answer": bool(open_lines),
        "is_signer": bool(mine),
        "school_phone": notice.school.phone,
        "recalled": presenters.moment(notice.recalled_at, adult.hours.zone.key)
        if notice.recalled_at
        else "",
    }


def _file(file: NoticeFile, place: int, notice: Notice, token: str) -> dict[str, Any]:
    url = (
        reverse("family_notices:link_file", args=[token, file.pk])
        if token
        else reverse("family_notices:file", args=[notice.pk, file.pk])
    )
    return {
        "url": url,
        "name": presenters.file_name(file, place),
        "is_photo": bool(file.photo_id),
        "kilobytes": max(1, file.size // 1000),
    }
