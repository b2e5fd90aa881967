"""The shared queue: which text would identify the child, the bands that describe it, and who may accept.

Pure: facts in, decisions out.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import chain
from zoneinfo import ZoneInfo

from safeguarding.levels.rules import ORANGE, ORDER, RED, YELLOW
from safeguarding.rules import SchoolTime

# Letters and digits that cannot be confused when read out on the phone. Six of them: about 890 million
# codes, drawn at random for each brief.
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 6
WORDS_MAX = 300  # characters: fits the queue, and too short for a life story
# Children of other schools at a time. Source: the product's own rule. A counsellor has a school of their
# own; how much they offer in addition they decide themselves, within this limit.
CAPACITY_USUAL, CAPACITY_MOST = 2, 10
# School days after which we tell the school that nobody has taken a brief. Source: half of the time within
# which the level must be looked after (levels/rules.py: orange 48 h, yellow two weeks), so that the other
# half is enough for another solution.
WAIT_SCHOOL_DAYS = {ORANGE: 1, YELLOW: 5}
# Days after which we tell the school in any case, whatever the holidays; orange as in levels/rules.py.
LONGEST_WAIT_DAYS = {ORANGE: 5, YELLOW: 14}
# Levels for which we notify a counsellor of another school at any hour. Source: levels/rules.py, a day or
# two.
TOLD_AT_ONCE = (ORANGE,)
# Levels for which we tell the child's own school, at any hour, that nobody took it.
SCHOOL_TOLD_AT_ONCE = (ORANGE, RED)
# Days after which a brief is announced even during a holiday of the reader's own school: half of what
# WAIT_SCHOOL_DAYS allows, rounded up (our own choice).
HOLIDAY_HOLDS_DAYS = 3
SOME_DAYS = 7  # days for which a brief says "some days"
DIGITS_OF_A_NUMBER = 7  # in a row: a phone, a card, a QQ number or a whole date

AGE_BANDS = ((9, "-8"), (12, "9-11"), (15, "12-14"))
OLDEST_BAND = "15-"
GRADE_BANDS = ((3, "1-3"), (6, "4-6"), (9, "7-9"), (12, "10-12"))


class Tells(StrEnum):
    """What a piece of the text would reveal."""

    CHILD = "child"
    FAMILY = "family"
    STAFF = "staff"
    CLASS = "class"
    SCHOOL = "school"
    PLACE = "place"
    AWAY = "away"
    PUPIL = "pupil"
    BIRTHDAY = "birthday"
    NUMBER = "number"


@dataclass(frozen=True)
class Known:
    """What is on record about a child, to compare text with. Names are as written."""

    child: str = ""
    pinyin: str = ""  # "xu mengyao"
    family: Sequence[str] = ()  # adults and siblings
    staff: Sequence[str] = ()  # of the child's school
    class_name: str = ""
    school: str = ""
    places: Sequence[str] = ()  # village and home address
    away: Sequence[str] = ()  # where parents live
    works: Sequence[str] = ()  # what they do there
    pupils: Sequence[str] = ()  # other children of the school
    born_on: date | None = None


@dataclass(frozen=True)
class Found:
    what: Tells
    piece: str


_DOUBLE_SURNAMES = tuple("欧阳 司马 上官 诸葛 夏侯 皇甫 东方 尉迟 公孙 令狐 慕容".split())
_SCHOOL_ENDINGS = re.compile(r"(?:中心|第.)?(?:小学|中学|学校|完小|教学点)(?:校)?$")
_PLACE_PARTS = re.compile(r".+?[省市县区乡镇村组社州旗]|.+$")
_PLACE_ENDINGS = re.compile(r"[省市县区乡镇村组社州旗]$")
_TITLES = ("老师", "校长", "主任")
# One digit, as it is spoken or written on a bill.
_SPOKEN = {
    letter: str(digit)
    for digit, letters in enumerate(
        ("零〇", "一壹幺弌", "二贰貳", "三叁參", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖")
    )
    for letter in letters
}
_DIGITS = re.compile(r"[0-9]{%d,}" % DIGITS_OF_A_NUMBER)  # noqa: UP031
_ONE_TO_NINE = "一二三四五六七八九1-9"
# Does not match 大年初一, 起初三天, 身高一米二, 高一点, nor 坐一班车.
_CLASS = re.compile(
    rf"[{_ONE_TO_NINE}十]年级|小学[{_ONE_TO_NINE}]年|(?<![年月最起当])初[一二三123]"
    r"|(?<![身最提])高[一二三](?![点些个米层次度])"
    r"|[0-9一二三四五六七八九十]{1,4}班(?!车)|[甲乙丙丁]班"
)
_CLASS_IN_ENGLISH = re.compile(r"\b(?:class|grade|year)[\W_]*[0-9]+")
_BREAKS = frozenset("。，；！？、,;!?\n")  # 第一，班里 is not a class


def telling(words: str, known: Known) -> tuple[Found, ...]:
    """Return what in `words` would identify the child, each piece once; empty if nothing does."""
    plain = _plain(words)
    bare = _bare(plain)
    found = [Found(what, piece) for what, piece in _pieces(known) if _holds(bare, plain, piece)]
    phrases = "".join(one for one in plain if one.isalnum() or one in _BREAKS)
    found += [Found(Tells.CLASS, match.group()) for match in _CLASS.finditer(phrases)]
    found += [Found(Tells.CLASS, match.group()) for match in _CLASS_IN_ENGLISH.finditer(plain)]
    found += [
        Found(Tells.NUMBER, bare[match.start() : match.end()])
        for match in _DIGITS.finditer("".join(map(_as_digit, bare)))
    ]
    if "@" in plain:
        found.append(Found(Tells.NUMBER, "@"))
    pieces = {one.piece for one in found}
    # Leave out a piece of a longer one that is listed already: 2班 in 三年级2班.
    within = {piece for piece in pieces if any(piece in other for other in pieces - {piece})}
    return tuple(one for one in dict.fromkeys(found) if one.piece not in within)


def _holds(bare: str, plain: str, piece: str) -> bool:
    """Return whether the text contains the piece.

    Latin letters must form a word, with any separators in between; Chinese characters may be anywhere.
    """
    if not piece.isascii() or piece.isdigit():
        return piece in bare
    spread = r"[\W_]*".join(map(re.escape, piece))
    return bool(re.search(rf"(?<![a-z]){spread}(?![a-z])", plain))


def _plain(words: str) -> str:
    """Return the text with full-width letters as ordinary ones and without accents."""
    apart = unicodedata.normalize("NFKD", words).casefold()
    return "".join(one for one in apart if unicodedata.category(one) != "Mn")


def _bare(words: str) -> str:
    """Return only letters and digits, so that nothing can hide between them, visible or not."""
    return "".join(one for one in _plain(words) if one.isalnum())


def _as_digit(letter: str) -> str:
    """Return the digit that the character stands for. The length stays the same, so that positions do."""
    digit = unicodedata.digit(letter, None)
    return _SPOKEN.get(letter, letter) if digit is None else str(digit)


def _pieces(known: Known) -> Iterable[tuple[Tells, str]]:
    titled = [_surname(name) + title for name in known.staff for title in _TITLES]
    on = known.born_on
    pieces: dict[Tells, Iterable[str]] = {
        Tells.CHILD: (
            *_of_person(known.child),
            *_called(known.child),
            *_of_pinyin(known.pinyin),
        ),
        Tells.FAMILY: chain.from_iterable(map(_of_person, known.family)),
        # Whole names only: among sixty given names, some are everyday words, and so are some names of two
        # characters.
        Tells.STAFF: (*map(_bare, known.staff), *titled),
        Tells.PUPIL: (name for name in map(_bare, known.pupils) if len(name) > 2),
        Tells.CLASS: (_bare(known.class_name),) if known.class_name else (),
        Tells.SCHOOL: _with_stem(known.school, _SCHOOL_ENDINGS),
        Tells.PLACE: chain.from_iterable(map(_of_place, known.places)),
        Tells.AWAY: (
            *chain.from_iterable(map(_of_place, known.away)),
            *(work for work in map(_bare, known.works) if len(work) > 2),
        ),
        Tells.BIRTHDAY: _of_day(on) if on else (),
    }
    return ((what, piece) for what, all_of in pieces.items() for piece in all_of if piece)


def _surname(name: str) -> str:
    return name[:2] if name.startswith(_DOUBLE_SURNAMES) and len(name) > 2 else name[:1]


def _of_person(name: str) -> tuple[str, ...]:
    """Return the whole name and the given name.

    A single character is left out, because it appears in half of all texts.
    """
    name = _bare(name)
    given = name.removeprefix(_surname(name))
    return tuple(piece for piece in (name, given) if len(piece) > 1)


def _called(name: str) -> tuple[str, ...]:
    """Return forms of address: for 徐梦瑶 小瑶, 阿瑶, 瑶瑶, 瑶儿, 徐同学 and 徐某."""
    name = _bare(name)
    surname = _surname(name)
    given = name.removeprefix(surname)
    if not given or name.isascii():
        return ()
    last = given[-1]
    return (f"小{last}", f"阿{last}", last * 2, f"{last}儿", f"{surname}同学", f"{surname}某")


def _of_pinyin(pinyin: str) -> tuple[str, ...]:
    """Return the name as one word, and the given name alone if it is long enough."""
    parts = _plain(pinyin).split()
    joined, given = "".join(parts), "".join(parts[1:])
    return tuple(piece for piece in (joined, given if len(given) > 4 else "") if len(piece) > 2)


def _with_stem(name: str, endings: re.Pattern[str]) -> tuple[str, ...]:
    """Return the name with and without its ending: 黄羊川中心小学 and 黄羊川."""
    name = _bare(name)
    return tuple(piece for piece in (name, endings.sub("", name)) if len(piece) > 1)


def _of_place(place: str) -> tuple[str, ...]:
    """Return each part of a place (古浪县黄羊川镇石城村三组) with and without its ending.

    Numbered parts alone (三组) are left out, because they exist everywhere.
    """
    whole = _bare(place)
    pieces = [*_with_stem(whole, _PLACE_ENDINGS)]
    for part in _PLACE_PARTS.findall(whole):
        stem = _PLACE_ENDINGS.sub("", part).removeprefix("第").removesuffix("号")
        is_numbered = all(one in "十百" or _as_digit(one).isdigit() for one in stem)
        if not is_numbered:
            pieces += _with_stem(part, _PLACE_ENDINGS)
    return tuple(pieces)


def _of_day(on: date) -> tuple[str, ...]:
    """Return the ways to write the date without separators.

    In a village, the day without the year tells just as much.
    """
    ways = [
        (str(on.month), str(on.day)),
        (f"{on:%m}", f"{on:%d}"),
        (_count(on.month), _count(on.day)),
    ]
    days = [f"{month}月{day}{end}" for month, day in ways for end in ("日", "号")]
    return (*days, f"{on:%Y%m%d}", f"{on:%y%m%d}", f"{on.year}{on.month}{on.day}")


def _count(number: int) -> str:
    """Return 1 to 31 as spoken: 三, 十, 十二, 二十, 二十三."""
    tens, ones = divmod(number, 10)
    ten = {0: "", 1: "十"}.get(tens, _NUMERALS[tens] + "十")
    return ten + _NUMERALS[ones]


_NUMERALS = ("", *"一二三四五六七八九")


def age_band(born_on: date | None, on: date) -> str:
    """Return the band of the age; "" if the birthday is unknown."""
    if born_on is None:
        return ""
    years = on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))
    return next((band for below, band in AGE_BANDS if years < below), OLDEST_BAND)


def grade_band(grade: int | None) -> str:
    if grade is None:
        return ""
    return next((band for last, band in GRADE_BANDS if grade <= last), "")


class Refused(StrEnum):
    """Why a concern cannot go into the queue."""

    CLOSED = "closed"
    RED = "red"
    NO_LEVEL = "no_level"
    NOT_IN_POOL = "not_in_pool"
    KEPT = "kept"
    WAITS = "waits"


def hand_on_refused(
    *, is_open: bool, level: str, is_in_pool: bool, is_kept: bool, waits: bool = False
) -> Refused | None:
    """Return why a concern cannot go into the queue.

    Red never waits in a queue: first somebody must be with the child.

    `is_kept`: a counsellor has a case of it; `waits`: the child is in the queue already, with another
    concern.
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
    """Return the sort key: most urgent first and, within a level, the longest wait."""
    return -ORDER.index(level), made_at


def may_be_told_now(made_at: datetime, at: datetime, school: SchoolTime, zone: ZoneInfo) -> bool:
    """Return whether a counsellor may be told now of a brief that is not urgent.

    They may while their own `school` is open and, if the brief has waited over a holiday, at the same hours
    on any day.
    """
    there = at.astimezone(zone)
    if not school.opens <= there.time() < school.closes:
        return False
    return school.is_school_day(there.date()) or at - made_at >= timedelta(days=HOLIDAY_HOLDS_DAYS)
