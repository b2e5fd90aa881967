"""What both sides hear before a call is connected, and what each key does.

Anybody near the school's phone may pick it up, so it names neither child nor parent. The parent's phone
names the child only after a key that the parent's own page has shown. Without that key nobody is
connected, so neither a voicemail nor a new owner of the number talks with a child.
"""

from django.utils import translation
from django.utils.translation import gettext as _

from calls.joining.rules import KEYS
from calls.telling import telephone as telling
from calls.telling.models import ToldByPhone
from calls.things.models import ThreeThings
from calls.things.telephone import heard_before
from delivery.voice.rules import AGAIN, ALONE, FIRST, KEY, SECOND, Event, Script, Step

AGREE, OTHER_KEY, WRONG_KEY, READY, JOIN, STRANGER, LATER, OFF = (
    "agree",
    "other_key",
    "wrong_key",
    "ready",
    "join",
    "stranger",
    "later",
    "off",
)
NOW, ANOTHER_TIME, CALL_OFF = "1", "2", "3"
NOT_US = "9"
PUT_OFF = (ANOTHER_TIME, CALL_OFF)
CHOICES = {NOW: JOIN, ANOTHER_TIME: LATER, CALL_OFF: OFF}
# Steps that offer these choices. The second one follows if the child has told something first.
CHOOSING = (READY, telling.TOLD)


def childs_side(language: str, school: str, time: str, key: str = "") -> Script:
    """Return the script for the child's side.

    At the school's phone there is no `key`. A phone at home needs one, because anybody may pick up there.
    """
    with translation.override(language):
        hello = _("Hello, this is %(school)s. The call with the family at %(time)s is ready.")
        words = hello % {"school": school, "time": time}
        opens, spoken = telling.opens_for(key)
        first = _("To tell a grown-up at school something first, press %(key)s.") % {"key": spoken}
        opening = {**CHOICES, opens: telling.CHILD, AGAIN: READY}
        told = {**CHOICES, AGAIN: telling.TOLD}
        steps = (
            *(_agree_at_home(school, key) if key else []),
            Step(READY, f"{words} {_keys()} {first}", opening),
            telling.question_step(back=READY),
            Step(telling.TOLD, f"{telling.thanks()} {_keys()}", told),
            Step(JOIN, _("Please stay on the phone. We are ringing the family."), joins=True),
            Step(ALONE, _("We could not reach the family. We will ask for another time. Goodbye.")),
            *([Step(STRANGER, _excuse())] if key else []),
            *_endings(),
        )
        return Script(language, steps)


def parents_side(
    language: str, school: str, child: str, key: str, things: ThreeThings | None = None
) -> Script:
    with translation.override(language):
        agree = _(
            "Hello, this is %(school)s with your call. Please press the key that your page shows for"
            " this call. If you do not know us, press 9."
        )
        other = _(
            "That was another key. Please look at your page once more and press the key that it shows."
        )
        wrong = _(
            "That key is not right either. Please look at your page and call the school. Goodbye."
        )
        ready = _("%(child)s is on the phone.") % {"child": child}
        spoken = [ready, heard_before(things), _keys()]
        alone = _("The other person hung up. We will ask for another time. Goodbye.")
        steps = (
            Step(AGREE, agree % {"school": school}, _opening(key, OTHER_KEY) | {AGAIN: AGREE}),
            Step(OTHER_KEY, other, _opening(key, WRONG_KEY) | {AGAIN: OTHER_KEY}),
            Step(WRONG_KEY, wrong),
            Step(READY, " ".join(filter(None, spoken)), {**CHOICES, AGAIN: READY}),
            Step(JOIN, _("You are being connected."), joins=True),
            Step(STRANGER, _excuse()),
            Step(ALONE, alone),
            *_endings(),
        )
        return Script(language, steps)


def fixed_sentences(language: str, school: str) -> dict[str, str]:
    """Return the sentences that these calls say word for word: all steps that name no time and no child."""
    sides = {
        "child": childs_side(language, school, "", "5"),
        "parent": parents_side(language, school, "", "5"),
    }
    return {
        f"{side}_{step.name}": step.say
        for side, script in sides.items()
        for step in script.steps
        if step.name != READY
    }


def _agree_at_home(school: str, key: str) -> list[Step]:
    words = _(
        "Hello, this is %(school)s with a call from the family. Please press the key that you "
        "agreed on with the school, or that your page shows. If you do not know us, press 9."
    )
    other = _(
        "That was another key. Please press the key that you agreed on with the school, or that your page"
        " shows."
    )
    wrong = _("That key is not right either. Please call the school. Goodbye.")
    return [
        Step(AGREE, words % {"school": school}, _opening(key, OTHER_KEY) | {AGAIN: AGREE}),
        Step(OTHER_KEY, other, _opening(key, WRONG_KEY) | {AGAIN: OTHER_KEY}),
        Step(WRONG_KEY, wrong),
    ]


def _excuse() -> str:
    return _("We are sorry for the call. We will not call this number again. Goodbye.")


def _opening(key: str, otherwise: str) -> dict[str, str]:
    """Return the keys of an opening step.

    There are two tries, so that somebody who does not see the page cannot reach the child by trying all
    keys.
    """
    return dict.fromkeys(KEYS, otherwise) | {key: READY, NOT_US: STRANGER}


def _keys() -> str:
    return _(
        "To talk now, press 1. For another time, press 2. To cancel the call, press 3. To hear "
        "this again, press 0."
    )


def _endings() -> list[Step]:
    return [
        Step(LATER, _("We will find another time. Goodbye.")),
        Step(OFF, _("The call is cancelled. Goodbye.")),
    ]


def is_stranger(event: Event) -> bool:
    leg, step, digit = _pressed(event)
    return leg == SECOND and step in (AGREE, OTHER_KEY) and digit == NOT_US


def is_stranger_at_home(event: Event) -> bool:
    leg, step, digit = _pressed(event)
    return leg == FIRST and step in (AGREE, OTHER_KEY) and digit == NOT_US


def is_child_there(event: Event) -> bool:
    leg, step, digit = _pressed(event)
    return leg == FIRST and step in CHOOSING and digit == NOW


def told_by(event: Event) -> ToldByPhone.What | None:
    """Return what the child told by this key, if anything."""
    leg, step, digit = _pressed(event)
    return telling.TELLS.get(digit) if (leg, step) == (FIRST, telling.CHILD) else None


def choice_of(event: Event) -> str:
    """Return what this key asks for; empty if it asks for nothing."""
    leg, step, digit = _pressed(event)
    is_asked = leg in (FIRST, SECOND) and step in CHOOSING
    return digit if is_asked and digit in PUT_OFF else ""


def _pressed(event: Event) -> tuple[int, str, str]:
    return (event.leg, event.step, event.digit) if event.kind == KEY else (0, "", "")
