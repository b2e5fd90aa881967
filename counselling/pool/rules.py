"""The shared queue: which words would tell who the child is, in which bands it is described, and who may
accept. Pure: facts in, decisions out.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import chain

from counselling.levels.rules import ORANGE, ORDER, RED, YELLOW

# Letters and digits that nobody takes for each other, read out on the phone. Six of them: a lot among
# 600 million, drawn anew for each brief.
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 6
WORDS_MAX = 300  # characters: what fits the queue, and too little to tell a whole life
# Children of other schools at a time. Source: the product's own rule: a counsellor has a school of
# their own; what they offer beside it they say themselves, within this bound.
CAPACITY_USUAL, CAPACITY_MOST = 2, 10
# School days after which the school is told that nobody has taken a brief. Source: half of the time in
# which the level asks to be looked after (levels/rules.py: orange 48 h, yellow two weeks), so that the rest
# is enough for another way.
WAIT_SCHOOL_DAYS = {ORANGE: 1, YELLOW: 5}
# Days for which holidays hold that up at most; as levels/rules.py.
LONGEST_WAIT_DAYS = {ORANGE: 5, YELLOW: 14}
DIGITS_OF_A_NUMBER = 7  # in a row: a phone, a card, a QQ number, a whole date

AGE_BANDS = ((9, "-8"), (12, "9-11"), (15, "12-14"))
OLDEST_BAND = "15-"
GRADE_BANDS = ((3, "1-3"), (6, "4-6"), (9, "7-9"), (12, "10-12"))


class Tells(StrEnum):
    """What a piece of the words would give away."""

    CHILD = "child"
    FAMILY = "family"
    STAFF = "staff"
    CLASS = "class"
    SCHOOL = "school"
    PLACE = "place"
    BIRTHDAY = "birthday"
    NUMBER = "number"


@dataclass(frozen=True)
class Known:
    """What is on record about a child, to compare words with. Names as they are written."""

    child: str = ""
    pinyin: str = ""  # "xu mengyao"
    family: Sequence[str] = ()  # adults, brothers and sisters
    staff: Sequence[str] = ()  # of the child's school
    class_name: str = ""
    school: str = ""
    places: Sequence[str] = ()  # village, home address
    born_on: date | None = None


@dataclass(frozen=True)
class Found:
    what: Tells
    piece: str


_CLASS = re.compile(
    r"[一二三四五六七八九十1-9]年级|[0-9一二三四五六七八九十]+[)）]?班(?!车)|\b(?:class|grade|year)\s?[0-9]+"
)
_DIGITS = re.compile(r"[0-9〇零一二三四五六七八九幺]{%d,}" % DIGITS_OF_A_NUMBER)  # noqa: UP031
_DOUBLE_SURNAMES = tuple("欧阳 司马 上官 诸葛 夏侯 皇甫 东方 尉迟 公孙 令狐 慕容".split())
_SCHOOL_ENDINGS = re.compile(r"(?:中心|第.)?(?:小学|中学|学校|完小|教学点)(?:校)?$")
_PLACE_ENDINGS = re.compile(r"[省市县区乡镇村组社]$")
_TITLES = ("老师", "校长", "主任")


def telling(words: str, known: Known) -> tuple[Found, ...]:
    """What in `words` would tell who the child is, each once; empty where nothing does."""
    plain = _plain(words)
    close = re.sub(r"[\s\-_.·•,，、/]+", "", plain)
    found = [Found(what, piece) for what, piece in _pieces(known) if _holds(close, plain, piece)]
    found += [Found(Tells.CLASS, match.group()) for match in _CLASS.finditer(plain)]
    found += [
        Found(Tells.NUMBER, match.group())
        for match in _DIGITS.finditer(re.sub(r"[\s\-]+", "", plain))
    ]
    if "@" in plain:
        found.append(Found(Tells.NUMBER, "@"))
    return tuple(one for one in dict.fromkeys(found) if not _is_within(one, found))


def _is_within(one: Found, found: Iterable[Found]) -> bool:
    """A piece of a longer one that is said already: 2班 of 三年级2班."""
    return any(one.piece in other.piece and one.piece != other.piece for other in found)


def _holds(close: str, plain: str, piece: str) -> bool:
    """Latin letters stand as a word of their own, Chinese ones anywhere."""
    if piece.isascii() and not piece.isdigit():
        near = re.sub(r"[\-_.·]+", " ", plain)
        return bool(re.search(rf"(?<![a-z]){re.escape(piece)}(?![a-z])", near))
    return piece in close


def _plain(words: str) -> str:
    return unicodedata.normalize("NFKC", words).casefold()


def _pieces(known: Known) -> Iterable[tuple[Tells, str]]:
    titled = [_surname(name) + title for name in known.staff for title in _TITLES]
    on = known.born_on
    pieces: dict[Tells, Iterable[str]] = {
        Tells.CHILD: (*_of_person(known.child), *_of_pinyin(known.pinyin)),
        Tells.FAMILY: _of_people(known.family),
        # Whole names: among sixty given names some are everyday words.
        Tells.STAFF: (*map(_plain, known.staff), *titled),
        Tells.CLASS: (_plain(known.class_name),) if known.class_name else (),
        Tells.SCHOOL: _with_stem(known.school, _SCHOOL_ENDINGS),
        Tells.PLACE: chain.from_iterable(_with_stem(one, _PLACE_ENDINGS) for one in known.places),
        Tells.BIRTHDAY: _of_day(on) if on else (),
    }
    return ((what, piece) for what, all_of in pieces.items() for piece in all_of)


def _of_people(names: Iterable[str]) -> Iterable[str]:
    return chain.from_iterable(map(_of_person, names))


def _surname(name: str) -> str:
    return name[:2] if name.startswith(_DOUBLE_SURNAMES) and len(name) > 2 else name[:1]


def _of_person(name: str) -> tuple[str, ...]:
    """The whole name, and what the child is called; a single character would stand in half of all texts."""
    name = _plain(name).replace(" ", "")
    given = name.removeprefix(_surname(name))
    return tuple(piece for piece in (name, given) if len(piece) > 1)


def _of_pinyin(pinyin: str) -> tuple[str, ...]:
    """As words and as one; the given name alone where it is long enough to be one."""
    parts = _plain(pinyin).split()
    joined = "".join(parts)
    given = "".join(parts[1:])
    pieces = (" ".join(parts), joined, given if len(given) > 4 else "")
    return tuple(piece for piece in pieces if len(piece) > 2)


def _with_stem(name: str, endings: re.Pattern[str]) -> tuple[str, ...]:
    """黄羊川中心小学 and 黄羊川."""
    name = _plain(name).replace(" ", "")
    return tuple(piece for piece in (name, endings.sub("", name)) if len(piece) > 1)


def _of_day(on: date) -> tuple[str, ...]:
    """As they are written once separators are gone; the day without its year tells as much in a village."""
    return (f"{on.month}月{on.day}日", f"{on:%Y%m%d}", f"{on.month}月{on.day}号")


def age_band(born_on: date | None, on: date) -> str:
    """ "" where the birthday is not known."""
    if born_on is None:
        return ""
    years = on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))
    return next((band for below, band in AGE_BANDS if years < below), OLDEST_BAND)


def grade_band(grade: int | None) -> str:
    if grade is None:
        return ""
    return next((band for last, band in GRADE_BANDS if grade <= last), "")


class Refused(StrEnum):
    """Why a concern is not handed on."""

    CLOSED = "closed"
    RED = "red"
    NO_LEVEL = "no_level"
    NOT_IN_POOL = "not_in_pool"
    KEPT = "kept"
    WAITS = "waits"


def hand_on_refused(
    *, is_open: bool, level: str, is_in_pool: bool, is_kept: bool, waits: bool = False
) -> Refused | None:
    """Red waits in no queue: somebody is with the child first. `is_kept`: a counsellor has a case of it;
    `waits`: it waits in the queue with another concern.
    """
    if not is_open:
        return Refused.CLOSED
    if not is_in_pool:
        return Refused.NOT_IN_POOL
    if level == RED:
        return Refused.RED
    if not level:
        return Refused.NO_LEVEL
    if is_kept:
        return Refused.KEPT
    return Refused.WAITS if waits else None


def queue_order(level: str, made_at: float) -> tuple[int, float]:
    """Most urgent first, of these the longest wait."""
    return -ORDER.index(level), made_at
