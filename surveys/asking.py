"""One question on a page: the same for a child at a tablet, a family behind a link, and a talk."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from core import languages
from surveys import actions, queries, rules
from surveys.forms import AnswerForm
from surveys.instruments import STEPS, Item, text_in
from surveys.models import Answer, Edition, Seat
from uploads import speaking

Address = Callable[[str], str]  # of an item's page


def item_wanted(seat: Seat, item_id: str, at: datetime) -> Item | None:
    """Return the wanted item, or the first unanswered one if there is no such item.

    None: all are answered.
    """
    items = queries.items_for(seat, at)
    wanted = next((one for one in items if one.id == item_id), None)
    return wanted or rules.next_item(items, queries.answers_of(seat))


def item_after(seat: Seat, item_id: str, at: datetime) -> Item | None:
    return rules.next_item(queries.items_for(seat, at), queries.answers_of(seat), item_id)


def save(seat: Seat, form: AnswerForm, at: datetime) -> Answer:
    """Save the tapped answer. Raises Refused, also for a form without a possible answer."""
    tap = tap_of(form)
    if tap is None:
        raise actions.Refused("no_such_answer")
    return actions.save_answer(seat=seat, item=tap.item, option=tap.option, key=tap.key, at=at)


@dataclass(frozen=True)
class Tap:
    """What a page sent, not yet checked."""

    item: str
    option: str
    key: UUID | None


def tap_of(form: AnswerForm) -> Tap | None:
    """Return the tap; None if the form has nothing that could be an answer."""
    if not form.is_valid():
        return None
    said = form.cleaned_data
    return Tap(said["item"], said["option"], said["key"])


def question(
    seat: Seat,
    item: Item,
    at: datetime,
    address: Address,
    shown: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the context of surveys/_question.html. `shown`: the answers that may be shown, if not all."""
    items = queries.items_for(seat, at)
    answers = queries.answers_of(seat) if shown is None else shown
    place = items.index(item)
    before = rules.item_before(items, item.id)
    return words_of(seat.round.edition, item, answers.get(item.id)) | {
        "stones": [
            "past" if n < place else "now" if n == place else "next" for n in range(len(items))
        ],
        "number": place + 1,
        "count": len(items),
        "before": before and address(before.id),
    }


def words_of(edition: Edition, item: Item, chosen: str | None) -> dict[str, Any]:
    """Return the question alone, without its place among the others.

    An answer is drawn as a face, or as stairs of which `filled` steps are filled.
    """
    language, most = languages.active(), len(item.options) - 1
    return {
        "item": item,
        "key": uuid.uuid4(),
        "intro": text_in(edition.instrument.intro, language),
        "text": text_in(item.texts, language),
        "hear_url": hear_url(edition, item),
        "options": [
            {
                "code": option.code,
                "text": text_in(option.texts, language),
                "is_chosen": option.code == chosen,
                "face": 1 + round(place * 4 / max(most, 1)),
                "filled": max(most - place, 0) if item.drawn_as == STEPS else 0,
                "hear_url": hear_url(edition, item, option.code),
            }
            for place, option in enumerate(item.options)
        ],
    }


def hear_url(edition: Edition, item: Item, option: str = "") -> str:
    """Return the address where the server speaks the question and its answers, or one answer.

    "" without a voice.
    """
    language = languages.active()
    if not speaking.can_speak(language):
        return ""
    asked = {"item": item.id} | ({"option": option} if option else {})
    address = reverse("family_surveys:hear", args=[edition.digest, language])
    return f"{address}?{urlencode(asked)}"


def spoken_words(item: Item, option: str, language: str) -> str:
    """Return a sentence for each part, so that the voice pauses; "" if there is no such answer."""
    if option:
        found = item.option(option)
        parts = [found.texts] if found else []
    else:
        parts = [item.texts, *(one.texts for one in item.options)]
    end = "\u3002" if language == "zh-hans" else ". "
    return "".join(text_in(one, language).rstrip("\u3002.") + end for one in parts)
