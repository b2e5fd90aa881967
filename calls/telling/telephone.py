"""What a child who wants to tell something hears, and what its keys mean.

Every phone says the same sentence, so that nobody who listens in learns why it is played. It names no
child.
"""

from django.utils.translation import gettext as _

from calls.telling.models import ToldByPhone
from calls.things.telephone import OPENS as THINGS
from delivery.voice.rules import AGAIN, Step

What = ToldByPhone.What

# The key that opens this step from the question or the waiting call; no key below answers either of
# them. The second one is used if the family has agreed on the first: an adult who presses the
# agreed key twice in a hurry is not the child.
OPENS, OPENS_OTHERWISE = "4", "#"
BACK = "*"
CHILD, TOLD = "child", "told"
TELLS = {"1": What.TALK, "2": What.HURT, "3": What.PEER}


def opens_for(agreed: str) -> tuple[str, str]:
    """Return the key that opens this step behind the agreed key, and how it is spoken."""
    if agreed == OPENS:
        return OPENS_OTHERWISE, _("the hash key")
    return OPENS, OPENS


def way_back() -> str:
    return _("If you came here by mistake, press the star key.")


def question_step(name: str = CHILD, *, back: str, things: str = "") -> Step:
    """Return the step in which a child presses a key to tell something.

    `back` is the step from which it was opened, `things` the step in which the child may choose what it
    wants to be asked.
    """
    words = _(
        "This is for the child. If you want to talk to a grown-up at school, press 1. If somebody is"
        " hurting or bullying you, press 2. If you are worried about another child, press 3. To hear this"
        " again, press 0."
    )
    keys = {**dict.fromkeys(TELLS, TOLD), BACK: back, AGAIN: name}
    if things:
        chosen = _("To choose what mum or dad should ask you, press 5.")
        words, keys = f"{words} {chosen}", {**keys, THINGS: things}
    return Step(name, f"{words} {way_back()}", keys)


def thanks() -> str:
    return _("Thank you for telling us. A grown-up from school will help.")
