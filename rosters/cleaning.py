"""Turn one cell into a value, or into what is wrong with it. Pure: no ORM, no settings, no clock."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from core.phones import parse_phone

# serial 1 is 1 January 1900; Excel also counts a 29 February 1900
EXCEL_DAY_ZERO = date(1899, 12, 30)
# Ages of pupils at a nine-year school; a birthday outside this range was mistyped.
YOUNGEST_YEARS, OLDEST_YEARS = 2, 22
CELL_CHARS = 1000  # characters of a cell that we read; no field of a roster is that long
EXACT_FLOAT_DIGITS = 15  # digits that Excel keeps of a number; an identity card number has 18


@dataclass(frozen=True)
class Problem:
    """A problem with one cell.

    `code` is a key of rosters.words, `facts` fill in its sentence, and `fix` is a value that can be
    accepted. A problem that `blocks` leaves out the whole row; any other leaves out one cell.
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
    """Return half-width text with single spaces between words, and whole numbers without ".0".

    Text is cut at CELL_CHARS, which is still too long for any field, so that a sheet with long cells
    costs no more than others.
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
HAN = r"㐀-鿿𠀀-𲎯"
_NAME = re.compile(
    rf"[{HAN}]{{2,5}}|[{HAN}]{{1,15}}(·[{HAN}]{{1,15}})+|[A-Za-z][A-Za-z .'·-]{{1,58}}"
)


def clean_name(cell: object) -> Cleaned:
    """Clean a name: "王　伟" → 王伟. The dot in Uyghur and Tibetan names gets its usual form."""
    text = text_of(cell)
    if re.search(f"[{HAN}]", text):
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
    return from_words(cell, _SEX, "sex_unknown")


def clean_boarding(cell: object) -> Cleaned:
    if isinstance(cell, bool):
        return Cleaned(cell)
    return from_words(cell, _BOARDS, "boarding_unknown", empty_first=False)


def from_words(cell: object, words: dict, code: str, empty_first: bool = True) -> Cleaned:
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
    """Read a birthday in any common format, or as Excel's day number."""
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
    """Read an ID number: 18 characters with a possible birthday and the right check digit."""
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
    """Read a student number: G + 18 digits, L + a local number, or the school's own number."""
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
    """The phones of a cell.

    `addresses` are in E.164; `written` is the part that is not a number, with its `problem`.
    """

    addresses: tuple[str, ...] = ()
    written: str = ""
    problem: str = ""


def clean_phones(cell: object) -> Cleaned:
    """Read any number of phones in one cell. A bad one is kept as written, and the row is still imported."""
    if len(str(cell)) > CELL_CHARS:
        return Cleaned(PhoneCell(), Problem("too_long", {"limit": CELL_CHARS}, blocks=False))
    text = text_of(cell)
    if is_nothing(text):
        return Cleaned(PhoneCell())
    if not isinstance(cell, float) and _ROUNDED_PHONE.fullmatch(text):
        # 1.38935E+10 has lost its last digits for good; 1.3893512345E+10 has lost nothing.
        digits, whole = text.upper().partition("E")[0].replace(".", ""), parse_phone(text)
        if len(digits) >= 11 and whole.is_good:
            return Cleaned(PhoneCell((whole.address,)))
        problem = Problem("phone_rounded", blocks=False)
        return Cleaned(PhoneCell((), text, "not_a_number"), problem)
    parts = [part.strip() for part in _BETWEEN_PHONES.split(text) if part.strip()]
    # A landline written as 0935/5112233 is one number, not two.
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
    """Return (grade, number) from "三年级2班", "三(2)班", "3.2", "三2", "初一1班", or from two columns.

    None if the cells cannot be read as a class.
    """
    if isinstance(class_cell, datetime | date):  # "3-2", which Excel turned into 2 March
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
    """Return (grade, number) of the class named in "黄羊川小学三年级2班学生花名册"."""
    found = _IN_TITLE.search(_tight(text))
    return parse_class(found[0]) if found else None


def _tight(cell: object) -> str:
    if isinstance(cell, float) and not cell.is_integer():
        cell = f"{cell:g}"  # a class "3.2" that Excel turned into a number
    return text_of(cell).replace(" ", "")


def _grade_of(found: re.Match | None) -> int | None:
    if found is None:
        return None
    grade = _number(found["g"]) + (
        FIRST_OF_JUNIOR if (found["stage"] or "").startswith("初") else 0
    )
    return grade if 1 <= grade <= 12 else None


def _number(text: str) -> int:
    """Return the number written as 12, 十二, 二十 or 九."""
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)


# --- Free text -----------------------------------------------------------------------------------
def clean_line(limit: int) -> Callable[[object], Cleaned]:
    """Return a cleaner for free text of at most `limit` characters."""

    def clean(cell: object) -> Cleaned:
        text = text_of(cell)
        if is_nothing(text):
            return Cleaned("")
        if len(text) > limit:
            return Cleaned(text[:limit], Problem("too_long", {"limit": limit}, blocks=False))
        return Cleaned(text)

    return clean
