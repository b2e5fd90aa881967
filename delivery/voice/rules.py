"""Rules of calls: the text that is spoken, the keys that are accepted, and the meaning of events. Pure
functions.

A call follows a script of steps. Each step is spoken. A key that it accepts leads to the next step, even
before the sentence is over; any other key changes nothing. A step that accepts no key is the last: after it
the call ends. A key pressed during one step counts only for that step, so that two hasty presses do not
answer a question that has not been asked yet.

A call that joins two people has a script for each leg. The first leg is rung; a step that `joins` rings the
second leg, and there such a step joins both. A key counts for its own leg.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

KEYS = "1234567890*#"
AGAIN = "0"
STEP_CHARS = 20  # characters in a step's name

RINGS_SECONDS = (
    60  # seconds until nobody will pick up any more; a mobile network gives up after about a minute
)
DEMO_RINGS_MINUTES = 10  # minutes; somebody who tries it out has to find the page first
# minutes; the longest script takes one minute, or three if it is heard three times
TALKS_MINUTES = 5
NOT_AGAIN_SECONDS = 60  # seconds between two calls to one number, as the Chinese providers require

RANG, ANSWERED, KEY, JOINED, ENDED = EVENTS = ("rang", "answered", "key", "joined", "ended")
FIRST, SECOND = LEGS = (
    1,
    2,
)  # in a call that joins two people, in the order of ringing; the second is the message's own

# How a call can end, and what that means for the message if no key was pressed: a cause of delivery.texts.
RESULTS = {
    "hung_up": "call_no_key",
    "machine": "call_no_key",  # voicemail has listened
    "no_answer": "call_no_answer",
    "busy": "call_busy",
    "off": "phone_off",
    "wrong_number": "no_such_number",
    "failed": "not_delivered",
}
PERHAPS = (
    # in a report on a call that nothing identifies: the keys of the calls it may be about
    "perhaps"
)
TALKED = (
    # how a call that joined two people ended, with the seconds for which they were connected
    "talked"
)
# Causes for a call that joins two people: nobody answered the number that is not the message's own, or it
# could not be rung; or somebody on either side picked up and put the phone down too soon.
OTHER_LEG, OTHER_LINE, NOT_JOINED = "call_other", "call_other_line", "call_not_joined"
NOT_RUNG = ("busy", "failed", "wrong_number")  # results after which nobody can have missed it


@dataclass(frozen=True)
class Step:
    """One sentence and the keys it accepts: key → name of the next step.

    A step that `joins` accepts none: after it the other leg is rung, or both are joined. `sound` is where a
    recording of exactly this sentence is; "" if the standard voice speaks.
    """

    name: str
    say: str
    keys: Mapping[str, str] = field(default_factory=dict)
    joins: bool = False
    sound: str = ""

    @property
    def is_last(self) -> bool:
        return not self.keys and not self.joins


@dataclass(frozen=True)
class Script:
    """The steps of a call. The first one is spoken first.

    `at_once` is the same call for a provider that allows one sentence with one set of keys, if the first step
    alone is not enough.
    """

    language: str
    steps: tuple[Step, ...]
    at_once: Step | None = None

    @property
    def only(self) -> Step | None:
        """Return the one step that such a provider can use; it speaks a text of its own for it.

        None if the first step leads to another step that accepts keys.
        """
        first = self.steps[0]
        ends = all(to == first.name or self.step(to).is_last for to in first.keys.values())
        return self.at_once or (first if ends else None)

    def step(self, name: str) -> Step:
        return next(step for step in self.steps if step.name == name)


@dataclass(frozen=True)
class Join:
    """The other leg of a call that joins two people, which is rung before the message's own number.

    Its script has a step ALONE for somebody who waits there in vain. `minutes` is the longest that they may
    talk.
    """

    to: str
    script: Script
    minutes: int


ALONE = "alone"


def menu(script: Script) -> str:
    """Return the keys of the only step that mean something. The provider itself repeats the sentence."""
    return "".join(key for key in script.only.keys if key != AGAIN) if script.only else ""


def as_json(script: Script) -> dict[str, Any]:
    steps = {
        step.name: {"say": step.say, "keys": dict(step.keys)}
        | ({"joins": True} if step.joins else {})
        | ({"sound": step.sound} if step.sound else {})
        for step in script.steps
    }
    return {"language": script.language, "first": script.steps[0].name, "steps": steps}


def of_json(data: Mapping[str, Any]) -> Script:
    names = sorted(data["steps"], key=lambda name: name != data["first"])
    return Script(
        data["language"],
        tuple(
            Step(
                name,
                data["steps"][name]["say"],
                data["steps"][name]["keys"],
                data["steps"][name].get("joins", False),
                data["steps"][name].get("sound", ""),
            )
            for name in names
        ),
    )


def spoken(script: Script, join: Join | None) -> dict[str, Any]:
    """Return what this server stores of a demo call, which it speaks itself. `scripts_of` reads it."""
    if join is None:
        return as_json(script)
    return {"legs": [as_json(join.script), as_json(script)], "minutes": join.minutes}


def scripts_of(kept: Mapping[str, Any]) -> list[Script]:
    """Return the one script, or those of both legs."""
    return [of_json(one) for one in kept.get("legs", [kept])]


def where(kept: Mapping[str, Any], events: Sequence["Event"], leg: int) -> "Progress | None":
    """Return the progress of a leg of a demo call; None for a leg that has not been rung."""
    scripts = scripts_of(kept)
    return both(scripts, events).of(leg) if len(scripts) > 1 else progress(scripts[0], events)


@dataclass(frozen=True)
class Event:
    """Something that happened in a call. `number` counts the events of a call from 1.

    `leg`: in a call that joins two people, where it happened; for the end, who was not there or hung up.
    """

    number: int
    kind: str
    step: str = ""
    digit: str = ""
    result: str = ""
    seconds: int | None = None
    leg: int = 0


def event_of(told: Mapping[str, Any]) -> Event | None:
    """Return an event from a gateway's report; None if it makes no sense."""
    number, kind, seconds = told.get("number"), told.get("event"), told.get("seconds")
    step, digit, result = (str(told.get(name) or "") for name in ("step", "digit", "result"))
    is_counted = isinstance(number, int) and not isinstance(number, bool) and 0 < number < 1000
    if not is_counted or kind not in EVENTS or len(step) > STEP_CHARS:
        return None
    if kind == KEY and (len(digit) != 1 or digit not in KEYS):
        return None
    leg = told.get("leg") or 0
    if isinstance(leg, bool) or leg not in (0, *LEGS):
        return None
    is_span = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 <= seconds < 86_400
    if kind == ENDED and result not in RESULTS and not (result == TALKED and is_span):
        return None
    return Event(
        number,  # type: ignore[arg-type]
        str(kind),
        step if kind == KEY else "",
        digit if kind == KEY else "",
        result if kind == ENDED else "",
        seconds if is_span else None,
        leg,
    )


def told(event: Event) -> dict[str, Any]:
    """Return an event in the form of a gateway's report. `event_of` reads it."""
    return {
        "number": event.number,
        "leg": event.leg,
        "event": event.kind,
        "step": event.step,
        "digit": event.digit,
        "result": event.result,
        "seconds": event.seconds,
    }


def verdict_of(event: Event) -> tuple[str, str]:
    """Return what one event means for the message (DeliveryReceipt.Verdict), and the cause.

    Only a key shows that a person has heard it; after a key, the end of the call changes nothing more. A call
    that joins two people has done its work once they have been joined, which is reported at its end.
    """
    if (event.kind == KEY and not event.leg) or event.result == TALKED:
        return "delivered", ""
    if event.kind == ENDED:
        if event.leg and event.result == "hung_up":
            cause = NOT_JOINED
        elif event.leg != FIRST:
            cause = RESULTS[event.result]
        else:
            cause = OTHER_LINE if event.result in NOT_RUNG else OTHER_LEG
        return "failed", cause
    return "on_its_way", ""


@dataclass(frozen=True)
class Progress:
    """The progress of a call: `step` is being spoken."""

    is_answered: bool
    is_over: bool
    step: Step


def progress(script: Script, events: Iterable[Event], leg: int = 0) -> Progress:
    """Follow the script by what was heard on this leg, in the order of the events."""
    step, is_answered, is_over = script.steps[0], False, False
    for event in sorted(events, key=lambda one: one.number):
        is_over |= event.kind == ENDED
        if event.leg != leg:
            continue
        is_answered |= event.kind in (ANSWERED, KEY)
        if event.kind == KEY and event.step == step.name and event.digit in step.keys:
            step = script.step(step.keys[event.digit])
    return Progress(is_answered, is_over, step)


@dataclass(frozen=True)
class Legs:
    """The progress of a call that joins two people. `second` is None until it is rung."""

    first: Progress
    second: Progress | None
    is_joined: bool

    def of(self, leg: int) -> Progress | None:
        return self.first if leg == FIRST else self.second


def both(scripts: Sequence[Script], events: Sequence[Event]) -> Legs:
    """Follow a call that joins two people. `scripts` are those of the first and the second leg."""
    first = progress(scripts[0], events, FIRST)
    second = progress(scripts[1], events, SECOND)
    is_rung = first.step.joins or any(event.leg == SECOND for event in events)
    return Legs(first, second if is_rung else None, any(e.kind == JOINED for e in events))


@dataclass(frozen=True)
class Window:
    """A provider rings one number at most `most` times in any period of length `span`."""

    span: timedelta
    most: int


@dataclass(frozen=True)
class Quiet:
    """Between two times of day, across midnight, a provider rings one number at most `most` times."""

    begins: time
    ends: time
    zone: tzinfo
    most: int

    def since(self, at: datetime) -> datetime | None:
        """Return when the current night began; None during the day."""
        local = at.astimezone(self.zone)
        if self.ends <= local.time() < self.begins:
            return None
        evening = local.date() - timedelta(days=int(local.time() < self.ends))
        return datetime.combine(evening, self.begins, self.zone)


@dataclass(frozen=True)
class Limits:
    """Limits on how often a provider rings one number, for all accounts whose config has the
    same key there.
    """

    key_field: str
    windows: tuple[Window, ...]
    quiet: Quiet | None = None


def less_one(limits: Limits) -> Limits:
    """Return the limits without the last call of the longest window and of a night: somebody may need it."""
    longest = max(limits.windows, key=lambda one: one.span)
    windows = tuple(
        replace(one, most=one.most - 1) if one == longest else one for one in limits.windows
    )
    quiet = limits.quiet and replace(limits.quiet, most=limits.quiet.most - 1)
    return replace(limits, windows=windows, quiet=quiet)


def free_at(placed: Iterable[datetime], windows: Iterable[Window], at: datetime) -> datetime | None:
    """Return when a number may be rung again; None if it may be rung now. `placed`: calls to it so far."""
    times, found = sorted(placed), []
    for window in windows:
        lately = [one for one in times if one > at - window.span]
        if len(lately) >= window.most:
            found.append(lately[-window.most] + window.span)
    return max(found, default=None)


def ends_by_itself(*, placed_at: datetime, answered_at: datetime | None, at: datetime) -> str:
    """Return how an abandoned demo call has ended, "" while it goes on."""
    if answered_at is None:
        return "no_answer" if at >= placed_at + timedelta(minutes=DEMO_RINGS_MINUTES) else ""
    return "hung_up" if at >= answered_at + timedelta(minutes=TALKS_MINUTES) else ""


def pressed(events: Sequence[Event]) -> list[str]:
    """Return the keys of a call in order."""
    heard = sorted(events, key=lambda one: one.number)
    return [event.digit for event in heard if event.kind == KEY]
