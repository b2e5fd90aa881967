"""The text of a question, made when it is sent, in the adult's language; and the ladder's causes in plain
words.

No child's name appears in an SMS or on a lock screen. The subject is named as in the menu of the family's
pages, so that the message does not look like a stranger's link.
"""

from dataclasses import replace
from functools import lru_cache

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery.texts import Text, sender_words, signed
from delivery.voice.rules import AGAIN, Script, Step

# Short codes of LadderStep.cause: why a step was taken or skipped.
STEP_CAUSES = {
    "no_answer": gettext_lazy("no answer by then"),
    "not_delivered": gettext_lazy("the message before did not arrive"),
    "not_yet": gettext_lazy("had not talked yet"),
    "not_askable": gettext_lazy("we may no longer ask this adult"),
    "no_other_way": gettext_lazy("no other number or address that works"),
    "no_other_adult": gettext_lazy("nobody else in the family we may ask"),
    "own_pause": gettext_lazy("this adult has paused questions"),
    "asked_today": gettext_lazy("already had a question that day"),
    "task_undone": gettext_lazy("the teacher's task stayed open"),
}


def step_cause_in_words(cause: str) -> str:
    return str(STEP_CAUSES.get(cause, cause))


OWN_WORDS_IN = (
    "zh-hans"  # a school writes one sentence; adults who read another language get the usual text
)
LINK_HERE = "\x00"  # cannot occur in a name: PostgreSQL's text type allows no NUL


def question(
    *, language: str, url: str, school: str, teacher_surname: str, again: bool, own_words: str = ""
) -> Text:
    """Return the question's text. `own_words` is the school's own sentence, for adults who read Chinese."""
    own = own_words if language == OWN_WORDS_IN else ""
    made = _question(language, school, teacher_surname, again, own)
    return replace(made, body=made.body.replace(LINK_HERE, url))


@lru_cache(maxsize=1024)
def _question(language: str, school: str, teacher_surname: str, again: bool, own: str) -> Text:
    """Build the message that we send most often. Apart from each adult's own link, it is the same for a
    class.
    """
    with translation.override(language):
        who = sender_words(school, teacher_surname)
        values = {"who": who, "words": own, "url": LINK_HERE}
        title = _("%(who)s, weekly check-in") % values
        if own:
            line = _("%(who)s: %(words)s %(url)s") % values
        elif again:
            line = _("%(who)s is asking again, weekly check-in: %(url)s") % values
        else:
            line = _("%(who)s, weekly check-in: %(url)s") % values
        return Text(title, signed(line))


def trial_call(*, language: str, school: str) -> Script:
    """Return the test call of a channel that makes phone calls. A key press shows that the channel works."""
    with translation.override(language):
        says = _("This is a test from %(school)s. If you hear this, press 1.") % {"school": school}
        return Script(
            language,
            (
                Step("test", says, {"1": "heard", AGAIN: "test"}),
                Step("heard", _("Thank you. Calls work.")),
            ),
        )
