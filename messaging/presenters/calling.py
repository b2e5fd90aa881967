"""The call sheet: each family as a line, on the page and on paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.phones import readable
from guardians.presenters import called
from messaging.forms import SheetForm
from messaging.models import FollowUp
from messaging.queries.calling import CallRow, Group


@dataclass(frozen=True)
class Person:
    who: str
    place: str
    numbers: tuple[
        tuple[str, str], ...
    ]  # as read aloud; where it is corrected if messages fail there


@dataclass(frozen=True)
class Line:
    pk: int
    name: str
    class_name: str
    why: str
    silence: str
    people: tuple[Person, ...]
    fix_url: str = ""
    outcome: str = ""
    words: str = ""
    error: str = ""


def lines(rows: Sequence[CallRow], form: SheetForm | None = None) -> list[Line]:
    found = []
    for row in rows:
        silence = _("no talk recorded yet")
        if row.days is not None:
            words = ngettext(
                "%(days)d day without a talk", "%(days)d days without a talk", row.days
            )
            silence = words % {"days": row.days}
        people = []
        for one in row.people:
            name, word = one.member.adult.name, called(one.member.guardianship)
            people.append(
                Person(
                    who=name if name == word else f"{word} {name}",
                    place=one.member.migration.place if one.member.migration else "",
                    numbers=tuple(
                        (
                            readable(point.address),
                            reverse(
                                "guardians:family_adult",
                                args=[row.follow_up.student_id, one.member.adult.pk],
                            )
                            if point.failing_since
                            else "",
                        )
                        for point in one.numbers
                    ),
                )
            )
        pk = row.follow_up.pk
        outcome, words, error = form.given(pk) if form else ("", "", "")
        found.append(
            Line(
                pk=pk,
                name=row.follow_up.student.name,
                class_name=row.class_name,
                why=row.why.words,
                fix_url=row.why.fix_url,
                silence=silence,
                people=tuple(people),
                outcome=outcome,
                words=words,
                error=error,
            )
        )
    return found


def choices(groups: Sequence[Group]) -> list[dict[str, str]]:
    return [{"key": one.key, "label": f"{one.name}（{one.count}）"} for one in groups]


def page(
    classes: Sequence[Group], villages: Sequence[Group], chosen: Group | None, found: list[Line]
) -> dict[str, Any]:
    query = urlencode({"for": chosen.key}) if chosen else ""
    return {
        "parts": [
            part
            for part in (
                {"label": _("By class"), "choices": choices(classes)},
                {"label": _("By village"), "choices": choices(villages)},
            )
            if part["choices"]
        ],
        "chosen": chosen,
        "lines": found,
        "outcomes": FollowUp.Outcome.by_hand(),
        "print_url": f"{reverse('messaging:call_sheet_print')}?{query}",
        "post_url": f"{reverse('messaging:call_sheet')}?{query}",
    }


def noted_words(noted: int, earlier: int) -> str:
    words = ngettext("%(count)d call recorded.", "%(count)d calls recorded.", noted) % {
        "count": noted
    }
    if not earlier:
        return words
    line = ngettext(
        "%(count)d already had a result; it was kept.",
        "%(count)d already had a result; those were kept.",
        earlier,
    )
    return f"{words} {line % {'count': earlier}}"


def taken_back_words(back: int, stay: int) -> str:
    words = ngettext("%(count)d call undone.", "%(count)d calls undone.", back)
    words %= {"count": back}
    if not stay:
        return words
    line = ngettext(
        "%(count)d family has a newer task already; the old note stays.",
        "%(count)d families have a newer task already; the old notes stay.",
        stay,
    )
    return f"{words} {line % {'count': stay}}"
