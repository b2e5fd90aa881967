"""Answers that tablets kept without a network and now send together, of one child or several."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from core.requests import json_of
from surveys import actions, asking, envelopes, policies, queries, rules
from surveys.forms import AnswerForm
from surveys.models import Answer, Seat, Sitting

AT_ONCE = 500  # taps in one request; a tablet with more sends the rest in the next
CLOCK_MAX = 1e14  # milliseconds since 1970, whatever year the tablet thinks it is


class Unreadable(ValueError):
    """The request does not contain what our page sends."""


@dataclass(frozen=True)
class Kept:
    """One thing a child did: `said` is sealed; `tapped` is milliseconds by the tablet's own clock."""

    name: str
    token: str
    said: object
    tapped: float


@dataclass
class Verdict:
    """`settled`: names of what the tablet may delete; `late`: how many of them we did not accept."""

    settled: list[str] = field(default_factory=list)
    late: int = 0
    left: set[int] = field(default_factory=set)  # seats whose child has handed the tablet on
    # Seats whose last question has just been answered.
    finished: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class _Act:
    """One action, unsealed, timed by our clock. `guessed`: the tablet's clock does not say when it was."""

    name: str
    act: str
    tap: asking.Tap | None
    at: datetime
    guessed: bool


def read(sent: str) -> tuple[float, list[Kept]]:
    """Return (the tablet's clock when it sent, what it kept). Raises Unreadable."""
    try:
        given = json_of(sent)
        kept = [
            Kept(str(one["key"]), str(one["seat"]), one["said"], _clock(one["at"]))
            for one in given["kept"]
        ]
        return _clock(given["now"]), kept[:AT_ONCE]
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable from error


def _clock(given: Any) -> float:
    found = float(given)
    if not math.isfinite(found) or abs(found) > CLOCK_MAX:
        raise Unreadable
    return found


def take(kept: Sequence[Kept], now: float, at: datetime, known: Mapping[str, Seat]) -> Verdict:
    """Save each action once, whatever was sent before.

    Children who need an adult come first, and each child's taps in their order. A forged or unreadable
    envelope is dropped and counts as late. `known`: seats by their token that were
    looked up already and found open.
    """
    verdict = Verdict()
    opened: list[tuple[Seat, list[_Act]]] = []
    for token in dict.fromkeys(one.token for one in kept):
        own = [one for one in kept if one.token == token]
        seat = known.get(token) or policies.seat_of_token(token)
        sitting = policies.sitting_of_token(token, seat) if seat else None
        acts = _opened(seat, sitting, own, now, at) if seat else []
        verdict.settled += [one.name for one in own]
        verdict.late += len(own) - len(acts)
        if seat:
            opened.append((seat, acts))
    opened.sort(
        key=lambda one: not any(act.act == "talk" or _is_urgent(one[0], act.tap) for act in one[1])
    )
    for seat, acts in opened:
        is_open = seat in known.values() or policies.may_arrive(seat, at)
        together = [one.tap.key for one in acts if one.tap and one.tap.key]
        for one in acts:
            if one.act == "talk":
                actions.want_adult(seat=seat, at=at)
            elif one.act == "leave":
                verdict.left.add(seat.pk)
            elif one.tap is None or not _take(seat, one.tap, one, together, is_open=is_open):
                verdict.late += 1
        if is_open and any(one.tap for one in acts) and asking.item_after(seat, "", at) is None:
            actions.finish(seat=seat, at=at)
            verdict.finished.add(seat.pk)
    return verdict


def _opened(
    seat: Seat, sitting: Sitting | None, kept: Sequence[Kept], now: float, at: datetime
) -> list[_Act]:
    began = sitting.begun_at if sitting else at
    ended = min(at, sitting.ends_at) if sitting else at
    tapped = [one.tapped for one in kept]
    times = rules.tap_times(tapped, now, began, ended, at)
    guessed = rules.are_guessed(tapped, now, began, at)
    found = []
    for one, tapped_at in zip(kept, times, strict=True):
        said = envelopes.opened(sitting.pk, one.token, one.said) if sitting else None
        if said is not None:
            tap = asking.tap_of(AnswerForm(said))
            found.append(_Act(one.name, str(said.get("act", "")), tap, tapped_at, guessed))
    return found


def _is_urgent(seat: Seat, tap: asking.Tap | None) -> bool:
    return tap is not None and seat.round.edition.instrument.is_urgent(tap.item, tap.option)


def _take(seat: Seat, tap: asking.Tap, act: _Act, own: Sequence[UUID], *, is_open: bool) -> bool:
    """Return whether the answer is saved now, or a newer one of the same child stays in force.

    A tap that cannot be dated gives way to any answer that did not arrive with it. `own`: the keys that
    arrived together.
    """
    is_urgent = _is_urgent(seat, tap)
    said: dict[str, Any] = {"item": tap.item, "option": tap.option, "key": tap.key, "at": act.at}

    def is_newer(answer: Answer) -> bool:
        """Return whether `answer` is newer: given at another tablet, for instance."""
        return answer.key not in own if act.guessed else answer.at > act.at

    try:
        if is_open:
            actions.save_answer(seat=seat, **said, gives_way_to=None if is_urgent else is_newer)
        elif queries.answer_sent(seat, tap.item, tap.option, tap.key) is None:
            raise actions.Refused("closed")
    except actions.Refused:
        if is_urgent:  # saved however late it comes
            actions.keep_urgent(seat=seat, **said)
        return is_urgent
    return True
