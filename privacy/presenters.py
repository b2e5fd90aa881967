"""Consent in plain words: the question, the adult's answer, and what applies now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from core.days import short_day
from privacy import rules
from privacy.models import Consent, DataRequest
from privacy.queries import Standing
from privacy.texts import TEXTS, ConsentText, version_of


@dataclass(frozen=True)
class Ask:
    """One line of the list. `state` is yes, no or open."""

    title: str
    url: str
    state: str
    words: str


@dataclass(frozen=True)
class Group:
    """The questions about one child or, without a name, about the adult."""

    name: str
    asks: list[Ask]


def groups(standings: Sequence[Standing], today: date) -> list[Group]:
    found: dict[str, list[Ask]] = {}
    for one in standings:
        name = one.student.given_name if one.student else ""
        state = "open" if one.is_to_be_asked or one.word is None else "yes"
        if one.word is not None and one.word.decision in rules.NO:
            state = "no"
        title, words = str(TEXTS[one.purpose].title), _words(one, state, today)
        found.setdefault(name, []).append(Ask(title, url_of(one), state, words))
    return [Group(name, asks) for name, asks in found.items()]


def _words(one: Standing, state: str, today: date) -> str:
    if one.word is None:
        return _("not answered yet")
    if state == "open":
        return _("the text has changed, please read it again")
    day = short_day(timezone.localdate(one.word.at), today)
    if state == "yes":
        return _("I agreed, %(day)s") % {"day": day}
    return _("I said no, %(day)s") % {"day": day}


def url_of(one: Standing) -> str:
    if one.student is None:
        return reverse("family_privacy:own_consent", args=[one.purpose])
    return reverse("family_privacy:consent", args=[one.student.pk, one.purpose])


def page(one: Standing, today: date, key: str) -> dict[str, Any]:
    """Build the page of one question with two equal buttons."""
    text = TEXTS[one.purpose]
    said = one.word is not None and not one.is_to_be_asked
    return {
        "title": text.title,
        "child": one.student.given_name if one.student else "",
        "facts": facts(text),
        "said": _words(one, "no" if one.word and one.word.decision in rules.NO else "yes", today)
        if said
        else "",
        "agreed": said and one.word is not None and one.word.decision == rules.GIVEN,
        "now": _now(one),
        "post_url": url_of(one),
        "key": key,
        "receipt_url": receipt_url(one.word) if one.word else "",
    }


def _now(one: Standing) -> str:
    """Return what applies today. If the pupil decides too, the page does not reveal what the pupil said."""
    if not one.is_allowed:
        return _("This does not apply now.")
    if one.purpose in rules.PUPIL_AGREES_TOO:
        return _("You have agreed. Your child decides too.")
    return _("This applies now.")


def facts(text: ConsentText) -> list[tuple[str, Any]]:
    return [
        (pgettext("consent", "What"), text.what),
        (pgettext("consent", "Why"), text.why),
        (_("Who sees it"), text.who),
        (_("How long"), text.how_long),
        (_("If you say no"), text.if_no),
    ]


def receipt_url(word: Consent) -> str:
    return reverse("family_privacy:receipt", args=[word.receipt])


def receipt(word: Consent) -> dict[str, Any]:
    """Build a receipt for the family, with the full text if it has not changed since."""
    is_same_text = word.text_version == version_of(word.purpose)
    return {
        "word": word,
        "number": receipt_number(word),
        "title": TEXTS[word.purpose].title,
        "child": word.student.name if word.student else "",
        "decision": decision_words(word),
        "via": word.get_via_display(),
        "version": word.text_version,
        "facts": facts(TEXTS[word.purpose]) if is_same_text else [],
    }


class Receipted(Protocol):
    """A row with a receipt number and the time when it was given."""

    receipt: UUID
    at: datetime


def receipt_number(word: Receipted) -> str:
    """Return the receipt number, short enough to read out on the phone: 2026-7F3A-91C2."""
    letters = word.receipt.hex.upper()
    return f"{timezone.localdate(word.at).year}-{letters[:4]}-{letters[4:8]}"


def decision_words(word: Consent) -> str:
    return {
        rules.GIVEN: _("I agree"),
        rules.REFUSED: _("I do not want this"),
        rules.WITHDRAWN: _("I no longer want this"),
    }[word.decision]


def history(words: Sequence[Consent]) -> list[dict[str, Any]]:
    return [
        {
            "title": TEXTS[word.purpose].title,
            "child": word.student.given_name if word.student else "",
            "decision": decision_words(word),
            "via": word.get_via_display(),
            "at": word.at,
            "adult": word.adult.name,
            "version": word.text_version,
            "by": word.recorded_by.name if word.recorded_by else "",
            "number": receipt_number(word),
            "url": receipt_url(word),
        }
        for word in words
    ]


def days_left(request: DataRequest, on: date) -> str:
    """Return how many days are left for the school to answer a family's request, or how many it is
    overdue.
    """
    days = (request.due_on - on).days
    if days < 0:
        return ngettext("%(n)d day overdue", "%(n)d days overdue", -days) % {"n": -days}
    return ngettext("%(n)d day left", "%(n)d days left", days) % {"n": days}
