"""One cell → a value, or what is wrong with it. Pure: no ORM, no settings, no clock."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from core.phones import parse_phone
from guardians.models import Adult, Relation

EXCEL_DAY_ZERO = date(1899, 12, 30)  # serial 1 is 1 January 1900, with Excel's 29 February 1900
# Of a pupil at a nine-year school: a birthday outside was mistyped.
YOUNGEST_YEARS, OLDEST_YEARS = 2, 22
CELL_CHARS = 1000  # characters of a cell that we read; no field of a roster is as long
EXACT_FLOAT_DIGITS = 15  # digits that Excel keeps of a number; an identity card has 18


@dataclass(frozen=True)
class Problem:
    """`code` is a key of rosters.words; `facts` fill its sentence; `fix` is a value to accept.

    A problem that `blocks` keeps the whole row out; any other leaves one cell out.
    """

    code: str
    facts: dict[str, Any] = field(default_factory=dict)
    fix: str | None = None
    blocks: bool = True


@dataclass(frozen=True)
class Cleaned:
    value: Any = None
    problem: Problem | None = None


def text_of(cell: object) -> str:
    """Return half-width text, one space between words, whole numbers without ".0".

    A text is cut at CELL_CHARS, which is still too long for any field, so that a sheet of long cells costs
    no more than another.
    """
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e18:
        cell = int(cell)
    if isinstance(cell, datetime | date):
        cell = f"{cell:%Y-%m-%d}"
    written = str(cell)[:CELL_CHARS]
    if not written.isascii():
        written = unicodedata.normalize("NFKC", written)
    if not written.isprintable():
        signs = ("Cc", "Cf")
        written = "".join(c if unicodedata.category(c) not in signs else " " for c in written)
    return " ".join(written.split())


NOTHING = {
    "",
    "无",
    "没有",
    "暂无",
    "未知",
    "不详",
    "不清楚",
    "/",
    "-",
    "—",
    "--",
    "——",
    "0",
    "空",
    "none",
}


def is_nothing(text: str) -> bool:
    return text.lower() in NOTHING


# --- Names -------------------------------------------------------------------------------------
_HAN = r"㐀-鿿𠀀-𲎯"
_NAME = re.compile(
    rf"[{_HAN}]{{2,5}}|[{_HAN}]{{1,15}}(·[{_HAN}]{{1,15}})+|[A-Za-z][A-Za-z .'·-]{{1,58}}"
)


def clean_name(cell: object) -> Cleaned:
    """ "王　伟" → 王伟; the dot of Uyghur and Tibetan names in its one usual shape."""
    text = text_of(cell)
    if re.search(f"[{_HAN}]", text):
        text = text.replace(" ", "")
        text = re.sub(r"(?<=.)[·•・．.‧](?=.)", "·", text)
    if is_nothing(text):
        return Cleaned("", Problem("name_missing"))
    if not _NAME.fullmatch(text):
        return Cleaned("", Problem("name_odd"))
    return Cleaned(text)


# --- Sex and boarding --------------------------------------------------------------------------
_SEX = {
    "男": "m",
    "女": "f",
    "男生": "m",
    "女生": "f",
    "男孩": "m",
    "女孩": "f",
    "男性": "m",
    "女性": "f",
}
_SEX |= {
    "m": "m",
    "f": "f",
    "male": "m",
    "female": "f",
    "1": "m",
    "2": "f",
    "男童": "m",
    "女童": "f",
}
_BOARDS = dict.fromkeys(
    "是 住校 寄宿 住宿 住读 寄宿生 住宿生 住校生 y yes 1 √ ✓ v true 在校住宿".split(), True
)
_BOARDS |= dict.fromkeys(
    "否 走读 不住校 不寄宿 不住宿 非寄宿 走读生 n no 0 × x ✗ false 不是 无".split(), False
)


def clean_sex(cell: object) -> Cleaned:
    return _from_words(cell, _SEX, "sex_unknown")


def clean_boarding(cell: object) -> Cleaned:
    if isinstance(cell, bool):
        return Cleaned(cell)
    return _from_words(cell, _BOARDS, "boarding_unknown", empty_first=False)


def _from_words(cell: object, words: dict, code: str, empty_first: bool = True) -> Cleaned:
    text = text_of(cell).lower().replace(" ", "")
    if text in words:
        return Cleaned(words[text])
    if is_nothing(text):
        return Cleaned(None)
    return Cleaned(None, Problem(code, blocks=False))


# --- Dates -------------------------------------------------------------------------------------
_DATE_SHAPES = [
    re.compile(r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*[日号]?"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
]
_TIME_OF_DAY = re.compile(r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$")
_SERIAL = re.compile(r"\d{5}(\.0+)?")
_NO_DAY = re.compile(r"\d{4}\s*[-/.年]\s*\d{1,2}\s*月?|\d{6}")


def clean_date(cell: object, today: date) -> Cleaned:
    """A birthday in any of the usual spellings, or as Excel's count of days."""
    if isinstance(cell, datetime):
        return _plausible(cell.date(), today)
    if isinstance(cell, date):
        return _plausible(cell, today)
    text = _TIME_OF_DAY.sub("", text_of(cell))
    if is_nothing(text):
        return Cleaned(None)
    if _SERIAL.fullmatch(text):
        return _plausible(EXCEL_DAY_ZERO + timedelta(days=int(float(text))), today)
    for shape in _DATE_SHAPES:
        if found := shape.fullmatch(text):
            try:
                born_on = date(int(found["y"]), int(found["m"]), int(found["d"]))
            except ValueError:
                return Cleaned(None, Problem("date_impossible"))
            return _plausible(born_on, today)
    return Cleaned(None, Problem("date_without_day" if _NO_DAY.fullmatch(text) else "date_unread"))


def _plausible(born_on: date, today: date) -> Cleaned:
    years = (today - born_on).days / 365.25
    if not YOUNGEST_YEARS <= years <= OLDEST_YEARS:
        return Cleaned(None, Problem("date_implausible", {"date": born_on.isoformat()}))
    return Cleaned(born_on)


# --- Identity card (GB 11643-1999, ISO 7064 MOD 11-2) --------------------------------------------
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"


def check_digit(first17: str) -> str:
    return _CHECK_DIGITS[sum(int(d) * w for d, w in zip(first17, _WEIGHTS, strict=True)) % 11]


def clean_id_number(cell: object) -> Cleaned:
    """Accept 18 characters with a possible birthday and the right check digit."""
    text = text_of(cell).replace(" ", "").replace("-", "").lstrip("'").upper()
    if is_nothing(text):
        return Cleaned("")
    if _was_rounded(cell, text):
        return Cleaned("", Problem("id_rounded", fix=""))
    if not re.fullmatch(r"\d{17}[\dX]|\d{15}", text):
        code = "id_odd" if re.search(r"[^\dX]", text) else "id_length"
        return Cleaned("", Problem(code, {"count": len(text)}, fix=""))
    if len(text) == 15:
        return Cleaned("", Problem("id_old", fix=""))
    if id_birthday(text) is None:
        return Cleaned("", Problem("id_birthday_impossible", fix=""))
    if check_digit(text[:17]) != text[17]:
        return Cleaned("", Problem("id_check_digit", {"digit": check_digit(text[:17])}, fix=""))
    return Cleaned(text)


def _was_rounded(cell: object, text: str) -> bool:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return abs(cell) >= 10**EXACT_FLOAT_DIGITS
    return bool(re.fullmatch(r"\d(\.\d+)?E\+?\d+", text))


def id_birthday(number: str) -> date | None:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def id_sex(number: str) -> str:
    return "m" if int(number[16]) % 2 else "f"


# --- Student number ------------------------------------------------------------------------------
_STUDENT_NUMBER = re.compile(r"[GLJ]?[A-Z]?\d{4,18}[\dX]?")


def clean_student_number(cell: object) -> Cleaned:
    """G + 18 digits, L + local ones, or the school's own."""
    text = text_of(cell).replace(" ", "").upper()
    if is_nothing(text):
        return Cleaned("")
    if _was_rounded(cell, text):
        return Cleaned("", Problem("student_number_rounded", blocks=False))
    if not _STUDENT_NUMBER.fullmatch(text) or len(text) > 20:
        return Cleaned("", Problem("student_number_odd", blocks=False))
    return Cleaned(text)


# --- Phones --------------------------------------------------------------------------------------
_BETWEEN_PHONES = re.compile(r"[,;、/|\n]|(?<=\d{11})\s+(?=[01]\d{2})|或|和")
_ROUNDED_PHONE = re.compile(r"\d\.\d+E\+?\d+", re.IGNORECASE)


@dataclass(frozen=True)
class PhoneCell:
    """`addresses` are in E.164; `written` is the part of the cell that is no number, with its `problem`."""

    addresses: tuple[str, ...] = ()
    written: str = ""
    problem: str = ""


def clean_phones(cell: object) -> Cleaned:
    """Any number of phones in one cell. A bad one is kept as written: the row still goes in."""
    if len(str(cell)) > CELL_CHARS:
        return Cleaned(PhoneCell(), Problem("too_long", {"limit": CELL_CHARS}, blocks=False))
    text = text_of(cell)
    if is_nothing(text):
        return Cleaned(PhoneCell())
    if not isinstance(cell, float) and _ROUNDED_PHONE.fullmatch(text):
        # 1.38935E+10 lost its last digits for good; 1.3893512345E+10 lost nothing.
        digits, whole = text.upper().partition("E")[0].replace(".", ""), parse_phone(text)
        if len(digits) >= 11 and whole.is_good:
            return Cleaned(PhoneCell((whole.address,)))
        problem = Problem("phone_rounded", blocks=False)
        return Cleaned(PhoneCell((), text, "not_a_number"), problem)
    parts = [part.strip() for part in _BETWEEN_PHONES.split(text) if part.strip()]
    # A landline written 0935/5112233 is one number, not two.
    alone = parse_phone(text)
    read = [alone] if alone.is_good or parts == [text] else [parse_phone(one) for one in parts]
    good = tuple(dict.fromkeys(phone.address for phone in read if phone.is_good))
    bad = [(part, phone) for part, phone in zip(parts, read, strict=False) if not phone.is_good]
    if not bad:
        return Cleaned(PhoneCell(good))
    written, phone = bad[0]
    facts = {"count": sum(map(str.isdigit, written))}
    problem = Problem(f"phone_{phone.problem}", facts, blocks=False)
    return Cleaned(PhoneCell(good, written[:254], phone.problem), problem)


# --- Classes -------------------------------------------------------------------------------------
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九十")} | {
    "两": 2,
    "〇": 0,
}
_NUMBER = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_STAGE = r"(?P<stage>小学|初中|小|初)?"
_CLASS_SHAPES = [
    re.compile(rf"{_STAGE}(?P<g>{_NUMBER})年级?[\(\[]?(?P<c>{_NUMBER})[\)\]]?班?"),
    re.compile(rf"{_STAGE}(?P<g>{_NUMBER})年?级?[\(\[](?P<c>{_NUMBER})[\)\]]班?"),
    re.compile(rf"{_STAGE}(?P<g>\d{{1,2}})[.\-·/_](?P<c>\d{{1,2}})班?"),
    re.compile(rf"{_STAGE}(?P<g>[一二三四五六七八九])(?P<c>\d{{1,2}}|[一二三四五六七八九十])班?"),
    re.compile(rf"{_STAGE}(?P<g>\d)0(?P<c>\d)班?"),
]
_GRADE = re.compile(rf"{_STAGE}(?P<g>{_NUMBER})(?:年级|年|级)?")
_IN_GRADE = re.compile(rf"[\(\[]?(?P<c>{_NUMBER})[\)\]]?班?")
_IN_TITLE = re.compile(
    rf"{_STAGE}(?:{_NUMBER}年级?[\(\[]?{_NUMBER}[\)\]]?|{_NUMBER}级?[\(\[]{_NUMBER}[\)\]]"
    r"|[一二三四五六七八九]\d{1,2})班"
)
FIRST_OF_JUNIOR = 6  # 初一 is grade 7


def parse_class(class_cell: object, grade_cell: object = None) -> tuple[int, int] | None:
    """(grade, number) from "三年级2班", "三(2)班", "3.2", "三2", "初一1班", or from two columns."""
    if isinstance(class_cell, datetime | date):  # "3-2", which Excel took for 2 March
        return class_cell.month, class_cell.day
    text, grade_text = _tight(class_cell), _tight(grade_cell)
    if grade_text and (number := _IN_GRADE.fullmatch(text)):
        grade = _grade_of(_GRADE.fullmatch(grade_text))
        return (grade, _number(number["c"])) if grade else None
    for shape in _CLASS_SHAPES:
        if found := shape.fullmatch(text):
            grade, number_in_grade = _grade_of(found), _number(found["c"])
            return (grade, number_in_grade) if grade and number_in_grade else None
    if not grade_text and (alone := _GRADE.fullmatch(text)) and "级" in text:
        grade = _grade_of(alone)  # 三年级: the only class of its grade
        return (grade, 1) if grade else None
    return None


def class_in_title(text: object) -> tuple[int, int] | None:
    """(grade, number) of the class in "黄羊川小学三年级2班学生花名册"."""
    found = _IN_TITLE.search(_tight(text))
    return parse_class(found[0]) if found else None


def _tight(cell: object) -> str:
    if isinstance(cell, float) and not cell.is_integer():
        cell = f"{cell:g}"  # a class "3.2" that Excel took for a number
    return text_of(cell).replace(" ", "")


def _grade_of(found: re.Match | None) -> int | None:
    if found is None:
        return None
    grade = _number(found["g"]) + (
        FIRST_OF_JUNIOR if (found["stage"] or "").startswith("初") else 0
    )
    return grade if 1 <= grade <= 12 else None


def _number(text: str) -> int:
    """12, 十二, 二十 and 九."""
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)


# --- Families ------------------------------------------------------------------------------------
_FATHER, _MOTHER = Relation.FATHER, Relation.MOTHER
_RELATIONS: dict[Relation, str] = {
    _FATHER: "父亲 爸爸 父 爸 父子 父女 亲生父亲 父女关系 父子关系",
    _MOTHER: "母亲 妈妈 母 妈 母子 母女 亲生母亲 母女关系 母子关系",
    Relation.PATERNAL_GRANDFATHER: "爷爷 祖父 爷 爷孙 祖孙 公公",
    Relation.PATERNAL_GRANDMOTHER: "奶奶 祖母 奶 婆婆 阿婆 嬷嬷",
    Relation.MATERNAL_GRANDFATHER: "外公 姥爷 外祖父 外爷 老爷 家公",
    Relation.MATERNAL_GRANDMOTHER: "外婆 姥姥 外祖母 外奶奶 家婆 姥娘",
    Relation.RELATIVE: "伯伯 伯父 大伯 叔叔 叔父 叔 伯母 婶婶 婶子 大妈 舅舅 舅父 舅妈 舅母 姑姑 姑妈 "
    "姑母 姑父 姨妈 姨母 姨 姨父 小姨 大姨 亲戚 亲属 其他亲属 太爷爷 太奶奶 堂叔 姑",
    Relation.SIBLING: "哥哥 姐姐 兄 姐 哥 兄长 兄妹 姐弟 嫂子 姐夫 堂哥 堂姐 表哥 表姐",
    Relation.OTHER: "其他 其它 邻居 养父 养母 继父 继母 老师 教师 朋友 村干部 保姆 "
    "祖父母 外祖父母 爷爷奶奶 外公外婆",
}
RELATION_WORDS = {word: rel for rel, words in _RELATIONS.items() for word in words.split()}


def clean_relation(cell: object) -> Cleaned:
    text = text_of(cell).replace(" ", "")
    if is_nothing(text):
        return Cleaned(None)
    relation = RELATION_WORDS.get(text) or RELATION_WORDS.get(re.sub("关系$", "", text))
    if relation is None:
        return Cleaned(Relation.OTHER.value, Problem("relation_unknown", blocks=False))
    return Cleaned(relation.value)


_CONDITIONS: list[tuple[str, str]] = [
    (
        Adult.Condition.DEAD.value,
        r"(双|均|都)?(已)?(死亡|去世|病故|亡故|身故|过世|离世|故|亡|殁)(了)?|不在了|不在世",
    ),
    (Adult.Condition.IMPRISONED.value, r"(在)?(服刑|坐牢|狱中|监狱|劳改|羁押)(中|人员)?"),
    (Adult.Condition.MISSING.value, r"失踪|下落不明|走失"),
    (
        Adult.Condition.NO_CONTACT.value,
        r"失联|联系不上|无法联系|没有?联系|无联系|(离家)?出走|离异失联|改嫁(失联|无联系)",
    ),
]


def condition_in(cell: object) -> str | None:
    """Return the condition that a cell gives instead of its own value: "已故", "服刑", "失联"."""
    text = re.sub(r"[()\s]", "", text_of(cell))
    return next((word for word, shape in _CONDITIONS if re.fullmatch(shape, text)), None)


def clean_adult_name(cell: object) -> Cleaned:
    """Return the name without its bracket; `condition_of` reads the bracket."""
    text = text_of(cell)
    text = text.partition("(")[0].strip() if text.endswith(")") else text
    if re.search(f"[{_HAN}]", text):
        text = text.replace(" ", "")
    return Cleaned("" if is_nothing(text) or condition_in(text) else text[:60])


def condition_of(cell: object) -> str | None:
    """As `condition_in`, also from "徐建军（已故）"."""
    text = text_of(cell)
    inside = text.partition("(")[2].removesuffix(")") if text.endswith(")") else ""
    return condition_in(cell) or (condition_in(inside) if inside else None)


@dataclass(frozen=True)
class Place:
    """`is_implied`: from a word for both parents, so it never overrules what is on record of one."""

    is_away: bool
    place: str = ""
    is_implied: bool = False


@dataclass(frozen=True)
class Places:
    """What one cell says of father and mother; `bare` where it names neither."""

    of: dict[str, Place] = field(default_factory=dict)
    conditions: dict[str, str] = field(default_factory=dict)
    bare: Place | None = None


_AT_HOME = re.compile(
    r"(在)?(家|本地|本村|本乡|本镇|家里|家中|当地|老家|村里)(务农|种地|种田|照顾孩子|带孩子)?|务农|种地|未外出|没有?外出|不外出|否|"
    r"(在)?家务农|无外出|未务工|家庭主妇"
)
_GOES_TO = re.compile(r"^(在|去|到|于|外出)(?=[^务打])|((打工|务工|上班|工作|做工)$)")


def clean_place(cell: object) -> Cleaned:
    """Read "在家" as not away, "在昆山打工" as Kunshan, and "外地" as away without a known place."""
    text = text_of(cell)
    tight = text.replace(" ", "")
    if _AT_HOME.fullmatch(tight):
        return Cleaned(Place(is_away=False))
    if is_nothing(tight):
        return Cleaned(None)
    if re.fullmatch(
        r"(在)?(外|外地|外省|省外|外面|县外|国外|境外|外国|海外|是)?(外出)?(打工|务工|上班|工作)?",
        tight,
    ):
        return Cleaned(Place(is_away=True))
    return Cleaned(Place(is_away=True, place=_GOES_TO.sub("", text).strip()[:80]))


_WHO = re.compile(
    r"父母(?:双方|亲)?|爸爸妈妈|爸妈|双方|双亲|父亲|爸爸|母亲|妈妈"
    r"|(?<![^ ,;、。/和与及])[父母]|[父母](?=[:在])"
)
_SOME_PARENT = re.compile("[父母爸妈]")
# What a cell for a place says of a family instead; and what says that somebody is at home after all.
_NO_PLACE = re.compile(
    "离异|离婚|单亲|孤儿|双亡|均亡|健在|残疾|再婚|改嫁|去世|死亡|服刑|坐牢|失踪|失联|已故|病故|亡故"
)
_SOMEBODY_HOME = re.compile("家|本地|本村|当地|务农|种地|种田|(未|没|没有|不)外出")
_FATHER_ALONE = ("父", "父亲", "爸爸")
_MOTHER_ALONE = ("母", "母亲", "妈妈")
_AROUND_PLACE = " ,;、。/:和与及均都俱也"
_TWO_PLACES = re.compile(r"[,;、/]")


def _whose(word: str) -> tuple[str, ...]:
    if word in _FATHER_ALONE:
        return ("father",)
    return ("mother",) if word in _MOTHER_ALONE else ("father", "mother")


def clean_places(cell: object, owner: str = "") -> Cleaned:
    """Places by parent: "父亲在深圳,母亲在兰州", "父母在新疆务工"; a place without a name is the `owner`'s.

    Where two places stand without saying whose they are, the parents are away and the places a question.
    Where it cannot be told who is at home, nobody is away by a guess: it is a question alone.
    """
    text = text_of(cell)
    if is_nothing(text.replace(" ", "")):
        return Cleaned(None)
    found = list(_WHO.finditer(text))
    before = text[: found[0].start()] if found else text
    bare = before.strip(" ,;、。/")
    named = {role for word in found for role in _whose(word[0])}
    question = Problem("places_unclear", blocks=False)
    if _SOME_PARENT.search(_WHO.sub("", text)) or (owner and found and owner not in named):
        return Cleaned(Places(), question)
    away = Place(is_away=True, is_implied=True)
    if found and bare.strip(_AROUND_PLACE + "()"):
        if _NO_PLACE.search(text) or _SOMEBODY_HOME.search(text):
            return Cleaned(Places(), question)
        return Cleaned(Places(dict.fromkeys(sorted(named), away)), question)
    if found:
        places = _named_places(text, found)
        return Cleaned(places) if places else Cleaned(Places(), question)
    if _NO_PLACE.search(bare):
        return Cleaned(Places(), None if owner and condition_in(bare) else question)
    if not owner and _TWO_PLACES.search(bare):
        return Cleaned(Places(bare=away), question)
    return Cleaned(Places(bare=clean_place(bare).value))


def _named_places(text: str, found: list[re.Match]) -> Places | None:
    """None where it says something of a family that is no place."""
    places = Places()
    waiting: list[str] = []
    ends = [word.start() for word in found[1:]] + [len(text)]
    for word, end in zip(found, ends, strict=True):
        waiting += _whose(word[0])
        said = text[word.end() : end].strip(_AROUND_PLACE)
        if not said:  # 父亲、母亲都在深圳
            continue
        condition, place = condition_in(said), clean_place(said).value
        if not condition and _NO_PLACE.search(said):
            return None
        for role in waiting:
            if condition:
                places.conditions[role] = condition
            elif place:
                places.of[role] = place
        waiting = []
    return places


_BOTH_AWAY = re.compile(
    r"(父母)?(亲)?(双方|双亲|均|都|全)(都|均)?(在外|外出)?(务工|打工)?(的)?(留守)?(儿童)?"
    r"|双留守|父母(在外|外出)(务工|打工)?"
)
_ONE_AWAY = re.compile(r"(?P<who>父亲|爸爸|父|母亲|妈妈|母)(亲)?(单方)?(在外|外出)(务工|打工)?")
_LEFT_BEHIND = dict.fromkeys(
    "是 留守 留守儿童 留守生 是留守 是留守儿童 y yes 1 √ ✓ v true".split(), "yes"
) | dict.fromkeys(
    "否 不是 非留守 非留守儿童 不留守 不是留守 n no 0 × x ✗ false 无 没有 未外出 不外出".split(),
    "no",
)


_ONE_OF_TWO = ("单留守", "单方", "单方外出", "一方外出", "单亲外出")


def clean_left_behind(cell: object) -> Cleaned:
    """Who is away by the word of one column: yes (some parent), both, father, mother, one (which is a
    question), or no.
    """
    if isinstance(cell, bool):
        return Cleaned("yes" if cell else "no")
    text = text_of(cell).lower().replace(" ", "")
    if text and _BOTH_AWAY.fullmatch(text):
        return Cleaned("both")
    if text in _ONE_OF_TWO:
        return Cleaned("one", Problem("which_parent", blocks=False))
    if one := _ONE_AWAY.fullmatch(text):
        return Cleaned("father" if one["who"] in _FATHER_ALONE else "mother")
    return _from_words(cell, _LEFT_BEHIND, "left_behind_unknown")


def clean_line(limit: int) -> Callable[[object], Cleaned]:
    """Free text of at most `limit` characters."""

    def clean(cell: object) -> Cleaned:
        text = text_of(cell)
        if is_nothing(text):
            return Cleaned("")
        if len(text) > limit:
            return Cleaned(text[:limit], Problem("too_long", {"limit": limit}, blocks=False))
        return Cleaned(text)

    return clean
