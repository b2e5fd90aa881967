"""What a call says and which keys it takes; what its events mean. Pure.

A call follows a script of steps. Each step is spoken; a key that it takes leads to the next step, also before
the sentence is over; any other key changes nothing. A step that takes no key is the last: after it the call
ends. What was pressed during one step counts for that step alone, so that two keys in a hurry answer no
question that has not been asked yet.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

KEYS = "1234567890*#"
AGAIN = "0"
STEP_CHARS = 20  # characters of a step's name

RINGS_SECONDS = (
    60  # seconds until nobody picks up any more; a mobile network gives up after about a minute
)
DEMO_RINGS_MINUTES = 10  # minutes; whoever tries it out has to find the page first
TALKS_MINUTES = 5  # minutes; the longest script is spoken in one, heard three times in three
NOT_AGAIN_SECONDS = (
    60  # seconds between two calls to one number, as the Chinese providers prescribe
)

RANG, ANSWERED, KEY, ENDED = EVENTS = ("rang", "answered", "key", "ended")

# How a call ends, and what that says of the message where no key was pressed: a cause of delivery.texts.
RESULTS = {
    "hung_up": "call_no_key",
    "machine": "call_no_key",  # a voicemail has listened
    "no_answer": "call_no_answer",
    "busy": "call_busy",
    "off": "phone_off",
    "wrong_number": "no_such_number",
    "failed": "not_delivered",
}


@dataclass(frozen=True)
class Step:
    """One sentence and the keys that it takes: key → name of the step that follows."""

    name: str
    say: str
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Script:
    """The first step is spoken first."""

    language: str
    steps: tuple[Step, ...]

    def step(self, name: str) -> Step:
        return next(step for step in self.steps if step.name == name)


def as_json(script: Script) -> dict[str, Any]:
    steps = {step.name: {"say": step.say, "keys": dict(step.keys)} for step in script.steps}
    return {"language": script.language, "first": script.steps[0].name, "steps": steps}


def of_json(data: Mapping[str, Any]) -> Script:
    names = sorted(data["steps"], key=lambda name: name != data["first"])
    return Script(
        data["language"],
        tuple(
            Step(name, data["steps"][name]["say"], data["steps"][name]["keys"]) for name in names
        ),
    )


@dataclass(frozen=True)
class Event:
    """What happened in a call. `number` counts the events of one call from 1."""

    number: int
    kind: str
    step: str = ""
    digit: str = ""
    result: str = ""
    seconds: int | None = None


def event_of(told: Mapping[str, Any]) -> Event | None:
    """Read an event as a gateway tells it; None where it makes no sense."""
    number, kind, seconds = told.get("number"), told.get("event"), told.get("seconds")
    step, digit, result = (str(told.get(name) or "") for name in ("step", "digit", "result"))
    is_counted = isinstance(number, int) and not isinstance(number, bool) and 0 < number < 1000
    if not is_counted or kind not in EVENTS or len(step) > STEP_CHARS:
        return None
    if kind == KEY and (len(digit) != 1 or digit not in KEYS):
        return None
    if kind == ENDED and result not in RESULTS:
        return None
    is_span = isinstance(seconds, int) and 0 <= seconds < 86_400
    return Event(
        number,  # type: ignore[arg-type]
        str(kind),
        step if kind == KEY else "",
        digit if kind == KEY else "",
        result if kind == ENDED else "",
        seconds if is_span else None,
    )


def verdict_of(event: Event) -> tuple[str, str]:
    """Return what one event says of the message (DeliveryReceipt.Verdict), and the cause. Only a key shows
    that a person has heard it; the end of a call in which one was pressed changes nothing any more.
    """
    if event.kind == KEY:
        return "delivered", ""
    if event.kind == ENDED:
        return "failed", RESULTS[event.result]
    return "on_its_way", ""


@dataclass(frozen=True)
class Progress:
    """Where a call stands: `step` is being spoken."""

    is_answered: bool
    is_over: bool
    step: Step


def progress(script: Script, events: Iterable[Event]) -> Progress:
    """Follow the script by what was heard, in the order of the events."""
    step, is_answered, is_over = script.steps[0], False, False
    for event in sorted(events, key=lambda one: one.number):
        is_answered |= event.kind in (ANSWERED, KEY)
        is_over |= event.kind == ENDED
        if event.kind == KEY and event.step == step.name and event.digit in step.keys:
            step = script.step(step.keys[event.digit])
    return Progress(is_answered, is_over, step)


def ends_by_itself(*, placed_at: datetime, answered_at: datetime | None, at: datetime) -> str:
    """Return how a demo call has ended that nobody ends, "" while it goes on."""
    if answered_at is None:
        return "no_answer" if at >= placed_at + timedelta(minutes=DEMO_RINGS_MINUTES) else ""
    return "hung_up" if at >= answered_at + timedelta(minutes=TALKS_MINUTES) else ""


def pressed(events: Sequence[Event]) -> list[str]:
    """Return the keys of a call in their order."""
    heard = sorted(events, key=lambda one: one.number)
    return [event.digit for event in heard if event.kind == KEY]
