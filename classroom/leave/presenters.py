"""Requests for leave in words for staff and for the family."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from classroom.leave.queries import Callee, asked_of, callees_of
from classroom.leave.rules import Asked, may_be_agreed, needs_second
from classroom.models import LeaveRequest
from core.addresses import address, page_above
from core.days import clock_or_day, near_day, short_day
from guardians.models import Guardianship
from guardians.presenters import called
from guardians.queries import last_ties

Ties = Mapping[tuple[int, int], Guardianship]


def days_words(leave: LeaveRequest, today: date) -> str:
    """Return the days as text: 明天; 11月30日至12月2日."""
    if leave.starts_on == leave.ends_on:
        return near_day(leave.starts_on, today)
    span = {"first": short_day(leave.starts_on, today), "last": short_day(leave.ends_on, today)}
    return _("%(first)s to %(last)s") % span


def collects_words(leave: LeaveRequest, who: str) -> str:
    """Return who fetches the child; `who` is the adult on record, if one is named."""
    Collects = LeaveRequest.Collects
    if leave.collects == Collects.HOME:
        return _("the child is at home")
    if leave.collects == Collects.ALONE:
        return _("the child goes home alone")
    return _("%(who)s fetches the child") % {"who": who or leave.collector_words}


@dataclass(frozen=True)
class Told:
    """One request as shown to staff: who asks, who may be called, and what can be done now."""

    leave: LeaveRequest
    asked: Asked
    callees: Sequence[Callee]
    ties: Ties
    on: date

    def _called(self, adult_id: int | None) -> str:
        held = self.ties.get((self.leave.student_id, adult_id or 0))
        return called(held) if held else ""

    @property
    def who(self) -> str:
        return self._called(self.leave.adult_id) or self.leave.adult.name

    @property
    def second(self) -> str:
        row = self.leave.second
        return (self._called(row.pk) or row.name) if row else ""

    @property
    def days(self) -> str:
        return days_words(self.leave, self.on)

    @property
    def collects(self) -> str:
        return collects_words(self.leave, self._called(self.leave.collector_id))

    @property
    def may_be_agreed(self) -> bool:
        return may_be_agreed(self.asked)

    @property
    def needs_second(self) -> bool:
        return self.asked.is_waiting and needs_second(self.asked)

    @property
    def why(self) -> str:
        """Return the sentence for the row on Today."""
        facts = {
            "who": capfirst(self.who),
            "days": self.days,
            "reason": str(self.leave.get_reason_display()),
            "collects": self.collects,
        }
        asks = _("%(who)s asks for leave: %(days)s, %(reason)s; %(collects)s.") % facts
        return (
            pgettext("two sentences", "%(first)s %(second)s")
            % {
                "first": asks,
                "second": self.before_you_agree,
            }
            if self.needs_second or self.asked.is_fetcher_kept_away
            else asks
        )

    @property
    def before_you_agree(self) -> str:
        """Return whom to call before agreeing, and why."""
        if self.asked.is_fetcher_kept_away:
            return _("This adult must not fetch the child. Decline it, and ask who will.")
        if not self.callees:
            return _("Nobody else on file can confirm this. Please visit the family.")
        first = self.callees[0]
        facts = {"who": first.who, "phone": first.phone or _("no number"), "second": self.second}
        if self.asked.second_agrees is False:
            words = _("%(second)s says it is not right. Before you agree, call %(who)s: %(phone)s.")
            return words % facts
        return _("Before you agree, ask %(who)s whether it is right: %(phone)s.") % facts


def told_of(rows: Sequence[LeaveRequest], on: date) -> list[Told]:
    """Return rows for requests, with a constant number of queries."""
    if not rows:
        return []
    asked, callees = asked_of(rows, on), callees_of(rows, on)
    named = [
        (row.student_id, adult_id)
        for row in rows
        for adult_id in (row.adult_id, row.collector_id, row.second_id)
        if adult_id
    ]
    ties = last_ties(named)
    return [Told(row, asked[row.pk], callees[row.pk], ties, on) for row in rows]


def acts(told: Told) -> list[dict[str, Any]]:
    """Return the buttons of the row: one action by a tap, and a link that opens the request below it."""
    pk = told.leave.pk
    more: dict[str, Any] = {
        "label": _("See the leave"),
        "url": reverse("classroom:leave", args=[pk]),
    }
    more |= {"is_link": True, "opens_in_place": True, "tone": "plain"}
    if told.may_be_agreed:
        agree = {"label": _("Agree"), "url": reverse("classroom:leave_agree", args=[pk])}
        return [agree | {"tone": "text"}, more]
    if told.needs_second and told.callees and not told.asked.is_fetcher_kept_away:
        url = reverse("classroom:leave_called", args=[pk, told.callees[0].adult_id])
        return [{"label": _("I called, they agree"), "url": url, "tone": "text"}, more]
    return [more | {"tone": "text"}]


def row(told: Told, state: str, at: datetime) -> dict:
    """Return the row of Today (components/work_row.html) in the state after an action."""
    leave = told.leave
    shown = {
        "key": f"leave-{leave.pk}",
        "name": leave.student.name,
        "url": page_above("child", leave.student_id),
        "why": told.why if state == "rest" else decided_words(told),
        "when": asked_words(leave, at),
        "state": state,
        "acts": acts(told) if state == "rest" else [],
        "later": None,
        "undo_url": "",
    }
    if state == "done":
        shown["undo_url"] = address("classroom:leave_take_back", leave.pk)
        shown["when"] = _("just now")
    return shown


def asked_words(leave: LeaveRequest, at: datetime) -> str:
    zone = ZoneInfo(leave.student.school.time_zone)
    return clock_or_day(timezone.localtime(leave.asked_at, zone), timezone.localdate(at, zone))


def decided_words(told: Told) -> str:
    """Return the outcome for staff."""
    leave = told.leave
    if leave.state == LeaveRequest.State.AGREED:
        return _("On leave %(days)s. Attendance has been updated.") % {"days": told.days}
    if leave.state == LeaveRequest.State.DECLINED:
        return _("Leave declined: %(words)s") % {"words": leave.answer}
    if leave.state == LeaveRequest.State.WITHDRAWN:
        return _("The family has taken it back.")
    return told.why
