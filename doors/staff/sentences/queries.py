"""All sentences that a school may record, in the order in which people hear them, and what it has
recorded.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from calls.joining import telephone as joined
from delivery.models import SentenceVoice
from delivery.sentences.queries import voices_of
from doors.family import read_aloud
from messaging import telephone as weekly
from nights import telephone as evenings
from safeguarding import telephone as alerts
from schools.models import School

SOURCES: tuple[tuple[str, Promise, Callable[[str, str], dict[str, str]]], ...] = (
    ("week", _("The question of the week by telephone"), weekly.fixed_sentences),
    ("join", _("The call that joins child and parent"), joined.fixed_sentences),
    ("night", _("Who is there tonight"), evenings.fixed_sentences),
    (
        "alert",
        _("When a child needs an adult now"),
        lambda language, _school: {one.name: one.say for one in alerts.alert_call(language).steps},
    ),
    (
        "ear",
        _("“Read aloud” on the family's pages"),
        lambda language, _school: read_aloud.fixed_sentences(language),
    ),
)


@dataclass(frozen=True)
class Sentence:
    """`name` stays the same when the text changes."""

    name: str
    words: str
    voice: SentenceVoice | None

    @property
    def is_of_today(self) -> bool:
        return self.voice is not None and self.voice.words == self.words


@dataclass(frozen=True)
class Group:
    title: Promise
    sentences: list[Sentence]

    @property
    def recorded(self) -> int:
        return sum(one.is_of_today for one in self.sentences)


def groups_of(school: School, language: str) -> list[Group]:
    """Return each sentence once, where people hear it first.

    The same text uses the same recording everywhere.
    """
    rows = voices_of(school.pk, language).select_related("recording", "kept_by")
    voices = {voice.name: voice for voice in rows}
    seen: set[str] = set()
    groups = []
    for room, title, fixed in SOURCES:
        sentences = []
        for step, words in fixed(language, school.name).items():
            if words not in seen:
                seen.add(words)
                name = f"{room}-{step}"
                sentences.append(Sentence(name, words, voices.get(name)))
        groups.append(Group(title, sentences))
    return groups


def sentence_named(school: School, language: str, name: str) -> Sentence | None:
    found = (one for group in groups_of(school, language) for one in group.sentences)
    return next((one for one in found if one.name == name), None)


def no_longer_said(groups: list[Group], school: School, language: str) -> list[SentenceVoice]:
    """Return recordings of sentences that no call and no page says any more."""
    names = {one.name for group in groups for one in group.sentences}
    rows = voices_of(school.pk, language).select_related("recording", "kept_by")
    return [voice for voice in rows if voice.name not in names]
