"""The three things by telephone: a child chooses them by keys, and the parent hears them before the call."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from calls.things.models import ThreeThings
from calls.things.rules import THINGS_MOST
from core.names import joined
from delivery.voice.rules import AGAIN, Step

OPENS, ENOUGH = "5", "#"
PICTURES = {str(number): one for number, one in enumerate(ThreeThings.Picture, start=1)}
ASKED = "asked"


def step_of(turn: int, student_id: int) -> str:
    return f"ask{turn}_{student_id}"


def question_steps(student_id: int) -> list[Step]:
    """Return steps for up to three pictures, one after the other. Their names say which child it is."""
    labels = " ".join(
        _("%(name)s: %(key)s.") % {"name": one.label, "key": key} for key, one in PICTURES.items()
    )
    first = _("What do you want to be asked about when they call? Choose up to three.")
    more = _("And what else? If that is all, press the hash key.")
    steps = []
    for turn in range(1, THINGS_MOST + 1):
        name = step_of(turn, student_id)
        follows = ASKED if turn == THINGS_MOST else step_of(turn + 1, student_id)
        keys = {**dict.fromkeys(PICTURES, follows), AGAIN: name}
        if turn > 1:
            keys[ENOUGH] = ASKED
        steps.append(Step(name, f"{first if turn == 1 else more} {labels}", keys))
    return steps


def asked() -> Step:
    return Step(ASKED, _("They see it before the next call. Goodbye."))


def picture_of(step: str, digit: str) -> tuple[int, ThreeThings.Picture] | None:
    """Return the child and the picture chosen by this key."""
    prefix, _underscore, student_id = step.rpartition("_")
    turns = {f"ask{turn}" for turn in range(1, THINGS_MOST + 1)}
    if prefix not in turns or digit not in PICTURES or not student_id.isdecimal():
        return None
    return int(student_id), PICTURES[digit]


def heard_before(things: ThreeThings | None) -> str:
    """Return what the parent hears behind the key that only their page shows.

    The child's own sentences are not spoken, so that no gateway receives them.
    """
    if things is None:
        return ""
    labels: Sequence[str] = [label for _key, label in things.picture_labels]
    said = (
        _("Your child would like you to ask about: %(things)s.") % {"things": joined(labels)}
        if labels
        else ""
    )
    own = _("You can read it in their own words on your page.") if things.sentences else ""
    return " ".join(filter(None, [said, own]))
