"""What the answers of a file count, compared with the definition. Pure.

A definition's weights rise with how often or how much (surveys.instruments), and reversed items are reversed
when they are counted. The weights of a file may run the other way, for one question or for all; reversed once
more, they would make the healthiest child look worst. So we set no weights automatically unless the text of
the answers shows that file and definition run the same way. For everything else we ask a person and show what
each answer would count.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from surveys.files.found import BadFile, FoundItem, FoundOption
from surveys.instruments import Item

# How the weights of a file compare with the definition's.
AGREE = "agree"  # nothing to ask
TURNED = "turned"  # a reversed item, which the file has reversed already
AGAINST = "against"  # the file counts the other way round
UNSURE = "unsure"  # the text does not show which answer is the most
OTHER = "other"  # other figures, in some order
NONE = "none"  # the file says nothing

Arrangement = tuple[int, ...]  # the definition's weight of each answer, in the file's order

# Words that begin the answer for the least and for the most, in lower case. If both fit, the longer one
# decides: "not true" is not "not at all", and "strongly agree" not "strongly disagree".
_LEAST = (
    "never", "not at all", "none", "no", "at no time", "rarely", "seldom", "hardly", "not true", "false",
    "disagree", "strongly disagree", "very strongly disagree", "totally disagree", "completely disagree",
    "not bothered", "did not apply", "does not apply",
)  # fmt: skip
_MOST = (
    "always", "almost always", "nearly always", "often", "very often", "a lot", "very much", "extremely",
    "yes", "nearly every day", "nearly everyday", "almost every day", "every day", "all of the time",
    "all the time", "most of the time", "most or all", "true", "very true", "certainly true", "agree",
    "strongly agree", "very strongly agree", "totally agree", "completely agree",
    "applied to me very much",
)  # fmt: skip
_LEAST_HAN = (
    "从", "没", "无", "否", "错", "不", "很少", "极少", "几乎没", "几乎不", "非常不", "很不", "极不",
    "完全不", "完全没", "偶尔或无", "十分不", "根本不",
)  # fmt: skip
_MOST_HAN = (
    "总", "一直", "几乎每", "几乎天天", "每天", "经常", "常常", "所有", "大部分", "多数", "持续", "完全",
    "非常", "很", "极", "十分", "同意", "符合", "是", "对", "有",
)  # fmt: skip


@dataclass(frozen=True)
class AnswerList:
    """Questions of a file with the same answers, matched to items that are counted the same way."""

    verdict: str
    items: tuple[str, ...]  # of the definition
    options: tuple[FoundOption, ...]
    values: tuple[int, ...]  # of the definition, rising
    is_reversed: bool

    @property
    def id(self) -> str:
        """Stable while answers and figures are the same, so that no choice survives a change of the match."""
        written = f"{_written(self.options)} {self.values} {self.is_reversed} {self.items}"
        return hashlib.sha256(written.encode()).hexdigest()[:12]

    @property
    def by_file(self) -> Arrangement:
        """The arrangement by the file's figures, else by the order in which the answers are listed."""
        figures = [stated(one) for one in self.options]
        known = [one for one in figures if one is not None]
        if len(set(known)) < len(self.options):
            return self.values
        places = {figure: place for place, figure in enumerate(sorted(known))}
        return tuple(self.values[places[figure]] for figure in figures if figure is not None)

    @property
    def arrangements(self) -> tuple[Arrangement, Arrangement]:
        return self.by_file, turned(self.by_file)

    def counted(self, arrangement: Arrangement) -> Arrangement:
        """Return what each answer adds to the sum."""
        return turned(arrangement) if self.is_reversed else arrangement

    def is_allowed(self, arrangement: Iterable[int]) -> bool:
        return sorted(arrangement) == list(self.values)


def turned(arrangement: Arrangement) -> Arrangement:
    return tuple(min(arrangement) + max(arrangement) - one for one in arrangement)


def stated(option: FoundOption) -> int | None:
    """Return what the file says that an answer counts: its weight, else a code that is a number."""
    if option.weight is not None:
        return option.weight
    is_number = option.code.removeprefix("-").isdecimal() and len(option.code) <= 5
    return int(option.code) if is_number else None


def answer_lists(matched: Mapping[str, tuple[Item, FoundItem]]) -> list[AnswerList]:
    """Return every list of answers among the matched questions, in their order.

    `matched`: {item of the definition: (the item, the question of the file)}. Raises BadFile at a question
    with no text, or with more or fewer answers than its item has.
    """
    alike: dict[tuple[str, Arrangement, bool], list[tuple[str, FoundItem]]] = {}
    for name, (item, theirs) in matched.items():
        if not theirs.texts or not all(one.texts for one in theirs.options):
            raise BadFile("no_words", theirs.id)
        if len(theirs.options) != len(item.values):
            counts = f"{theirs.id}: {len(theirs.options)} / {len(item.values)}"
            raise BadFile("other_count", counts)
        key = (_written(theirs.options), tuple(sorted(item.values)), item.is_reversed)
        alike.setdefault(key, []).append((name, theirs))
    found = []
    for (_words, values, is_reversed), pairs in alike.items():
        options, names = pairs[0][1].options, tuple(name for name, _theirs in pairs)
        verdict = _verdict(options, values, is_reversed=is_reversed)
        found.append(AnswerList(verdict, names, options, values, is_reversed))
    return found


def _written(options: Iterable[FoundOption]) -> str:
    said = [[one.code, sorted(one.texts.items()), one.weight] for one in options]
    return json.dumps(said, ensure_ascii=False)


def _verdict(options: tuple[FoundOption, ...], values: Arrangement, *, is_reversed: bool) -> str:
    figures = [one for one in map(stated, options) if one is not None]
    if len(set(figures)) < len(options):
        return NONE
    if sorted(figures) != list(values):
        return OTHER
    rising = sorted(options, key=lambda one: stated(one) or 0)
    least, most = amount(rising[0].texts), amount(rising[-1].texts)
    if least == most:
        return UNSURE
    if least < most:
        return AGREE
    return TURNED if is_reversed else AGAINST


def amount(texts: Mapping[str, str]) -> int:
    """Return -1 for words of the least, 1 for words of the most, 0 for neither, or if languages disagree."""
    found = {_amount_of(words.strip(" .,;:!?、。，").lower()) for words in texts.values()} - {0}
    return found.pop() if len(found) == 1 else 0


def _amount_of(words: str) -> int:
    def longest(known: Iterable[str], *, is_han: bool) -> int:
        fitting = [one for one in known if words.startswith(one)]
        if not is_han:  # a whole word: "no" does not begin "nobody"
            fitting = [one for one in fitting if not words[len(one) : len(one) + 1].isalpha()]
        return max(map(len, fitting), default=0)

    least = max(longest(_LEAST, is_han=False), longest(_LEAST_HAN, is_han=True))
    most = max(longest(_MOST, is_han=False), longest(_MOST_HAN, is_han=True))
    return (most > least) - (least > most)
