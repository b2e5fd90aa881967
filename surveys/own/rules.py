"""Questions that a school writes itself: what they lack before publishing, and their definition. Pure.

Answers can only be chosen: free text may hold a call for help that no rule notices, and nobody reads forty of
them within a minute. A child who wants to say something taps "I want to talk to someone".
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from core.grave_words import is_grave
from surveys.conditions import EQUAL
from surveys.files.found import language_of
from surveys.instruments import FACES, LANGUAGES, PUPIL, STEPS, WORDS

QUESTIONS_MAX = 40  # more than fit into a lesson for a ten-year-old
ANSWERS_MIN = 2
ANSWERS_MAX = {FACES: 5, STEPS: 4, WORDS: 7}  # as many as there are faces, and filled steps
LOOK, URGENT = "look", "urgent"
MARKS = ("", LOOK, URGENT)
# Share of children who will need a talk if some answer asks for one: our own assumption.
FOLLOW_UP_SHARE = 0.1


@dataclass(frozen=True)
class OwnAnswer:
    text: str
    mark: str = ""
    second: str = ""  # the same text in the second language


@dataclass(frozen=True)
class OnlyIf:
    """One answer to an earlier question, by its text.

    After a change its position could mean another answer.
    """

    question: str
    answer: str


@dataclass(frozen=True)
class OwnQuestion:
    """A question. With `only_if`, it is asked only after one of these answers."""

    id: str
    text: str
    drawn_as: str
    answers: tuple[OwnAnswer, ...]
    second: str = ""
    only_if: tuple[OnlyIf, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Lack:
    """Why it cannot be published yet: `code` is a key of own.presenters.LACKS; `question` may be empty."""

    code: str
    question: str = ""


def from_json(given: Sequence[Mapping[str, Any]]) -> list[OwnQuestion]:
    """Read stored questions. Older ones have no conditions and no second language."""
    return [
        OwnQuestion(
            id=one["id"],
            text=one["text"],
            drawn_as=one["drawn_as"],
            answers=tuple(OwnAnswer(**answer) for answer in one["answers"]),
            second=one.get("second", ""),
            only_if=tuple(OnlyIf(**each) for each in one.get("only_if", ())),
        )
        for one in given
    ]


def lacks(questions: Sequence[OwnQuestion], above: str = "") -> list[Lack]:
    """Return what is missing. `above`: the title and the text above each question, in each language."""
    found = [] if questions else [Lack("no_questions")]
    has_urgent = False
    for one in questions:
        # A grave question needs some answer that brings an adult; a grave answer must bring one itself.
        marked = [answer for answer in one.answers if answer.mark == URGENT]
        grave = [each for each in one.answers if is_grave(f"{each.text} {each.second}")]
        brings_nobody = is_grave(f"{one.text} {one.second}") and not marked
        if any(each not in marked for each in grave) or brings_nobody:
            found.append(Lack("needs_adult", one.id))
        has_urgent = has_urgent or bool(marked)
    # Conditions break when a question is moved, removed or changed; we report the first of each question.
    for place, one in enumerate(questions):
        earlier = {each.id: each for each in questions[:place]}
        later = {each.id for each in questions[place:]}
        for condition in one.only_if:
            asks = earlier.get(condition.question)
            if asks is not None and code_of(asks, condition.answer):
                continue
            gone = "later_question" if condition.question in later else "no_such_question"
            found.append(Lack(gone if asks is None else "no_such_answer", one.id))
            break
    if is_grave(above) and not has_urgent:
        found.append(Lack("needs_adult"))
    return found


def code_of(question: OwnQuestion, answer: str) -> str:
    """Return the code of an answer in the definition; "" if the question has no answer with this text."""
    texts = [one.text for one in question.answers]
    return str(texts.index(answer) + 1) if answer in texts else ""


def renamed(
    questions: Sequence[OwnQuestion], old: OwnQuestion, new: OwnQuestion
) -> list[OwnQuestion]:
    """Follow an answer whose text changed in its place, in the questions that depend on it."""
    before, after = ([one.text for one in each.answers] for each in (old, new))
    words = {
        was: now
        for was, now in zip(before, after, strict=False)
        if was != now and was not in after and now not in before
    }
    return [
        replace(
            one,
            only_if=tuple(
                replace(each, answer=words.get(each.answer, each.answer))
                if each.question == new.id
                else each
                for each in one.only_if
            ),
        )
        for one in questions
    ]


def with_second_of(new: OwnQuestion, old: OwnQuestion) -> OwnQuestion:
    """Keep the text in the second language where the text in the first is the same."""
    known = {one.text: one.second for one in old.answers}
    return replace(
        new,
        second=old.second if new.text == old.text else "",
        answers=tuple(replace(one, second=known.get(one.text, "")) for one in new.answers),
    )


def in_one_language(questions: Sequence[OwnQuestion]) -> list[OwnQuestion]:
    return [
        replace(one, second="", answers=tuple(replace(each, second="") for each in one.answers))
        for one in questions
    ]


def untranslated(questions: Sequence[OwnQuestion]) -> list[str]:
    """Return ids of questions that lack some of their text in the second language."""
    return [
        one.id
        for one in questions
        if not one.second or any(not answer.second for answer in one.answers)
    ]


def moved(questions: Sequence[OwnQuestion], name: str, by: int) -> list[OwnQuestion]:
    """Move one question up (−1) or down (1); at either end it stays."""
    found = list(questions)
    place = next((n for n, one in enumerate(found) if one.id == name), None)
    if place is not None and 0 <= place + by < len(found):
        found[place], found[place + by] = found[place + by], found[place]
    return found


@dataclass(frozen=True)
class About:
    key: str
    version: int
    title: str
    intro: str
    respondent: str
    min_age: int | None
    second_language: str = ""
    second_title: str = ""
    second_intro: str = ""


def definition(about: About, questions: Sequence[OwnQuestion]) -> dict[str, Any]:
    """Return a definition for surveys.instruments.read.

    It has no sum and no band, and says that it measures nothing.
    """
    marked = any(answer.mark for one in questions for answer in one.answers)
    made: dict[str, Any] = {
        "key": about.key,
        "version": about.version,
        "names": _texts(about.title, about.second_title, about.second_language),
        "about": {
            "en": "Written by the school itself. Not a validated scale: it measures nothing.",
            "zh-hans": "由学校自己编写。不是经过验证的量表，不测量任何东西。",
        },
        "respondents": [about.respondent],
        "needs_consent": about.respondent == PUPIL,
        "licence": {"en": "The school's own.", "zh-hans": "学校自有。"},
        "sources": ["the school itself; not a validated scale"],
        "follow_up_share": FOLLOW_UP_SHARE if marked else 0.0,
        "follow_up_source": {
            "en": "our assumption, until the school has figures of its own",
            "zh-hans": "我们的估计，学校有了自己的数字再改",
        },
        "item": [_item(one, questions, about.second_language) for one in questions],
    }
    if about.intro:
        made["intro"] = _texts(about.intro, about.second_intro, about.second_language)
    return made | ({"min_age": about.min_age} if about.min_age else {})


def _texts(words: str, second: str = "", second_language: str = "") -> dict[str, str]:
    """Return texts by language.

    Text missing in the second language falls back to the first (surveys.instruments.text_in).
    """
    if not second_language:
        return {language_of(words): words}
    found = {first_language(second_language): words}
    return found | ({second_language: second} if second else {})


def first_language(second_language: str) -> str:
    return next(one for one in LANGUAGES if one != second_language)


def _item(
    one: OwnQuestion, questions: Sequence[OwnQuestion], second_language: str
) -> dict[str, Any]:
    """Return the item.

    Faces and steps go from much to little, with weights to match; words have no weights.
    """
    most = len(one.answers)
    made: dict[str, Any] = {
        "id": one.id,
        "drawn_as": one.drawn_as,
        "texts": _texts(one.text, one.second, second_language),
        "options": [
            {
                "code": str(place + 1),
                "value": None if one.drawn_as == WORDS else most - place,
                "texts": _texts(answer.text, answer.second, second_language),
                "is_to_look_at": bool(answer.mark),
                "is_urgent": answer.mark == URGENT,
            }
            for place, answer in enumerate(one.answers)
        ],
    }
    asked = {each.id: each for each in questions}
    when = [
        {
            "item": each.question,
            "operator": EQUAL,
            "answer": code_of(asked[each.question], each.answer),
        }
        for each in one.only_if
        if each.question in asked
    ]
    return made | ({"rules": [{"is_any": True, "when": when}]} if when else {})
