"""Questions of an evening by telephone: what a call says, and what a key means.

The call speaks no name, neither a child's nor a neighbour's: anybody may answer a phone.
"""

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from delivery.kinds import Press
from delivery.voice.rules import AGAIN, Script, Step

ASKED, YES, NO, STRANGER = "asked", "yes", "no", "stranger"
KEYS = {"1": YES, "2": NO}
NOT_US = "9"  # somebody else has this number


def answer_of(press: Press) -> bool | None:
    """Return what a key says: yes, no, or nothing."""
    if press.step != ASKED or press.digit not in KEYS:
        return None
    return KEYS[press.digit] == YES


def is_stranger(press: Press) -> bool:
    return (press.step, press.digit) == (ASKED, NOT_US)


def at_home_call(language: str, school: str) -> Script:
    with translation.override(language):
        says = _(
            "Hello, this is %(school)s. Will an adult be at home with the child tonight? If so, press 1. If"
            " nobody is at home, press 2: then we ask a neighbour. To hear this again, press 0. If you do"
            " not know us, press 9."
        )
        return _script(
            language,
            says % {"school": school},
            _("That is good to know. Thank you, good night."),
            _("Thank you for saying so. We are asking somebody to come. Goodbye."),
        )


def nearby_call(language: str, school: str, count: int) -> Script:
    with translation.override(language):
        says = ngettext(
            "Hello, this is %(school)s. A child whose parents named you has no adult at home tonight. Can you"
            " be with the child? If so, press 1. If not, press 2. To hear this again, press 0. If you do not"
            " know us, press 9.",
            "Hello, this is %(school)s. %(n)d children whose parents named you have no adult at home tonight."
            " Can you be with them? If so, press 1. If not, press 2. To hear this again, press 0. If you do"
            " not know us, press 9.",
            count,
        )
        return _script(
            language,
            says % {"school": school, "n": count},
            _("Thank you. Please go there now. The message on your phone says which child it is."),
            _("Thank you for saying so. We are asking somebody else. Goodbye."),
        )


def village_call(language: str, school: str) -> Script:
    with translation.override(language):
        says = _(
            "Hello, this is %(school)s. A child of your village has no adult at home tonight, and nobody has"
            " answered. If you go there, press 1. If you cannot, press 2. To hear this again, press 0."
        )
        steps = (
            Step(ASKED, says % {"school": school}, {**KEYS, AGAIN: ASKED}),
            Step(YES, _("Thank you. Please open Jiaqiao now: it says which child it is.")),
            Step(NO, _("Thank you for saying so. Goodbye.")),
        )
        return Script(language, steps)


def _script(language: str, asked: str, yes: str, no: str) -> Script:
    steps = (
        Step(ASKED, asked, {**KEYS, NOT_US: STRANGER, AGAIN: ASKED}),
        Step(YES, yes),
        Step(NO, no),
        Step(
            STRANGER, _("We are sorry for the call. We will not call this number again. Goodbye.")
        ),
    )
    return Script(language, steps)


def fixed_sentences(language: str, school: str) -> dict[str, str]:
    """Return what these calls say word for word.

    A sentence with the number of several waiting children is not fixed, so it is left out.
    """
    calls = {
        "carer": at_home_call(language, school),
        "nearby": nearby_call(language, school, 1),
        "village": village_call(language, school),
    }
    return {f"{who}_{step.name}": step.say for who, call in calls.items() for step in call.steps}
