"""Questions that a school writes itself: what is lacking before they may be given out, and the definition
that they make. Pure.

Only answers to choose from: an answer in own words may hold a call for help that no rule sees, and nobody
reads forty of them within the minute. Whoever wants to say something taps "I want to talk to someone".
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from surveys.files.found import language_of
from surveys.instruments import FACES, PUPIL, STEPS, WORDS

QUESTIONS_MAX = 40  # more than a lesson holds for a ten-year-old
ANSWERS_MIN = 2
ANSWERS_MAX = {FACES: 5, STEPS: 4, WORDS: 7}  # as many as there are faces, and filled steps
LOOK, URGENT = "look", "urgent"
MARKS = ("", LOOK, URGENT)
# Of 100 children who answer, how many will need a talk where an answer asks for one: our own assumption.
FOLLOW_UP_SHARE = 0.1
# Words after which a yes needs an adult now. Not complete and not meant to be: they remind whoever writes.
GRAVE = (
    *"自杀 自残 自伤 轻生 伤害自己 弄伤自己 割腕 不想活 想死 去死 suicid self-harm".split(),
    "hurt yourself", "hurt myself", "kill yourself", "kill myself", "want to die", "wish you were dead",
)  # fmt: skip


@dataclass(frozen=True)
class OwnAnswer:
    text: str
    mark: str = ""


@dataclass(frozen=True)
class OwnQuestion:
    id: str
    text: str
    drawn_as: str
    answers: tuple[OwnAnswer, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Lack:
    """Why it may not be given out yet: a word of surveys.own.pages.LACKS, at a question or at none."""

    code: str
    question: str = ""


def from_json(given: Sequence[Mapping[str, Any]]) -> list[OwnQuestion]:
    return [
        OwnQuestion(
            id=one["id"],
            text=one["text"],
            drawn_as=one["drawn_as"],
            answers=tuple(OwnAnswer(**answer) for answer in one["answers"]),
        )
        for one in given
    ]


def lacks(questions: Sequence[OwnQuestion], above: str = "") -> list[Lack]:
    """`above`: the title and the words that stand above each question."""
    found = [] if questions else [Lack("no_questions")]
    found += [Lack("needs_adult", one.id) for one in questions if _needs_adult(one)]
    marked = any(answer.mark == URGENT for one in questions for answer in one.answers)
    if _is_grave(above) and not marked:
        found.append(Lack("needs_adult"))
    return found


def _is_grave(text: str) -> bool:
    return any(word in text.lower() for word in GRAVE)


def _needs_adult(one: OwnQuestion) -> bool:
    """A grave question needs some answer that brings an adult; a grave answer is one itself."""
    if any(_is_grave(answer.text) and answer.mark != URGENT for answer in one.answers):
        return True
    return _is_grave(one.text) and not any(answer.mark == URGENT for answer in one.answers)


def moved(questions: Sequence[OwnQuestion], name: str, by: int) -> list[OwnQuestion]:
    """One further up (−1) or down (1); at either end it stays."""
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


def definition(about: About, questions: Sequence[OwnQuestion]) -> dict[str, Any]:
    """As surveys.instruments.read takes it: no sum, no band, and it says that it measures nothing."""
    marked = any(answer.mark for one in questions for answer in one.answers)
    made: dict[str, Any] = {
        "key": about.key,
        "version": about.version,
        "names": _texts(about.title),
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
        "item": [_item(one) for one in questions],
    }
    if about.intro:
        made["intro"] = _texts(about.intro)
    return made | ({"min_age": about.min_age} if about.min_age else {})


def _texts(words: str) -> dict[str, str]:
    return {language_of(words): words}


def _item(one: OwnQuestion) -> dict[str, Any]:
    """Faces and steps go from much to little and weigh so; words have no order and no weight."""
    most = len(one.answers)
    return {
        "id": one.id,
        "drawn_as": one.drawn_as,
        "texts": _texts(one.text),
        "options": [
            {
                "code": str(place + 1),
                "value": None if one.drawn_as == WORDS else most - place,
                "texts": _texts(answer.text),
                "is_to_look_at": bool(answer.mark),
                "is_urgent": answer.mark == URGENT,
            }
            for place, answer in enumerate(one.answers)
        ],
    }
