"""How a referral is told: what is missing, how it stands, what allowed it."""

from datetime import date

from django.utils.translation import gettext as _

from core.days import full_day, short_day
from counselling.models import Referral
from counselling.referrals import rules
from counselling.referrals.rules import Missing


def missing_text(missing: Missing) -> str:
    """What is to be done before it can be handed over."""
    return {
        Missing.NOT_FROM_HERE: _("The letter cannot move to that step from here."),
        Missing.PLACE: _("This place is no longer on the school's list: choose another."),
        Missing.ASKS: _("Write down what you ask of them."),
        Missing.PERMISSION: _("Write down who agreed, or on which legal ground it goes without."),
        Missing.PERMISSION_OVER: _(
            "The person who agreed no longer decides for the child: ask again."
        ),
        Missing.GROUND_WORDS: _("Write down why the legal ground applies."),
        Missing.DUE: _("Choose a day ahead by which an answer is awaited."),
        Missing.NOT_BY_FAMILY: _(
            "What goes by law, without consent, does not go by way of the family: take it there or post it."
        ),
        Missing.OTHERS_WORDS: others_words_text(),
    }[missing]


def others_words_text() -> str:
    return _(
        "The letter holds what others have told than the adult who agreed. Take “Why the school has looked”, "
        "the assessment and the goals out, or do not send it by way of the family."
    )


def state_words(referral: Referral, today: date) -> str:
    """Handed over, answer awaited by 3 December."""
    state = str(referral.get_state_display())
    if referral.state == rules.SENT and referral.direction == rules.IN and not referral.case_id:
        state = _("waits for the school")
    if referral.state in rules.WAITING and referral.due_on:
        words = (
            _("answer due since %(day)s") if referral.due_on <= today else _("answer by %(day)s")
        )
        return _("%(state)s, %(rest)s") % {
            "state": state,
            "rest": words % {"day": short_day(referral.due_on, today)},
        }
    return state


def permission_lines(referral: Referral, ground_words: str) -> list[str]:
    """Who agreed, how, when; or the ground and why. For the letter and for the record."""
    if referral.ground:
        return [
            _("Without consent: %(ground)s") % {"ground": referral.get_ground_display()},
            ground_words,
        ]
    if referral.consent_by is not None:
        facts = {
            "name": referral.consent_by.name,
            "how": referral.get_consent_how_display(),
            "day": full_day(referral.consent_on),
        }
        return [_("%(name)s agreed on %(day)s (%(how)s)") % facts]
    return []
