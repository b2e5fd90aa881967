"""Which column holds what: the fields of a roster, and the headings that schools give them. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Field(TextChoices):
    NAME = "name", _("child's name")
    SEX = "sex", _("sex")
    BORN_ON = "born_on", _("date of birth")
    ID_NUMBER = "id_number", _("identity card number")
    STUDENT_NUMBER = "student_number", _("student number")
    GRADE = "grade", _("grade")
    CLASS = "class", _("class")
    IS_BOARDING = "is_boarding", _("boards at school")
    DORMITORY = "dormitory", _("dormitory")
    VILLAGE = "village", _("village")
    ADDRESS = "address", _("home address")
    FATHER_NAME = "father_name", _("father: name")
    FATHER_PHONE = "father_phone", _("father: phone")
    FATHER_PLACE = "father_place", _("father: where he works")
    MOTHER_NAME = "mother_name", _("mother: name")
    MOTHER_PHONE = "mother_phone", _("mother: phone")
    MOTHER_PLACE = "mother_place", _("mother: where she works")
    PARENTS_PLACE = "parents_place", _("both parents: where they work")
    IS_LEFT_BEHIND = "is_left_behind", _("left behind: yes or no")
    # A father or mother if the relation says so, otherwise the adult at home.
    CARER_NAME = "carer_name", _("parent or adult at home: name")
    CARER_RELATION = "carer_relation", _("parent or adult at home: relation to the child")
    CARER_PHONE = "carer_phone", _("parent or adult at home: phone")
    FAMILY_PHONE = "family_phone", _("the family's one phone")


NOT_USED = ""
# such a column can be dropped without losing anything
COUNTS_ROWS = re.compile("序号?|编号|行号|(?i:no)\\.?")
HEADER_CHARS = 200  # characters of a column heading that we read
PEOPLE = ("father", "mother", "carer")

_CHILD = "(学生|孩子|儿童|幼儿)?"
_FATHER = "(父亲|爸爸|父)"
_MOTHER = "(母亲|妈妈|母)"
_PARENTS = "(父母亲?|双亲|爸妈|家长)(双方|均|都)?"
_CARER = (
    "(第一|主要|实际|委托|法定|学生)?"
    "(监护人|照护人|照料人|照顾人|看护人|受托人|临时监护人|代管人|家长)"
)
_PHONE = "(联系)?(电话|手机|手机号|号码|联系方式)(号码|号)?"
_WHERE = "(所在)?(地|地点|地址|城市|单位|去向|情况)(点)?"
_PLACE = f"(现)?(外出|在外)?(务工|打工|工作|就业|外出|在外){_WHERE}|所在地|去向"
# Headings that mention no person: an employer or an address may be anybody's.
_BARE_PARENTS_PLACE = f"(现)?(外出|在外|务工|打工|外出务工|外出打工|在外务工|在外打工){_WHERE}"

# Patterns for the whole text; the first match wins.
NAMES: list[tuple[Field, str]] = [
    (Field.NAME, f"{_CHILD}(姓名|名字|学生)"),
    (Field.SEX, f"{_CHILD}性别"),
    (Field.BORN_ON, f"{_CHILD}(出生(年月日?|日期|时间)?|生日)"),
    (Field.ID_NUMBER, f"{_CHILD}(公民)?(身份证件?|身份|证件|居民身份证)(号码?|证号码?)?"),
    (Field.STUDENT_NUMBER, "(全国|国网|省)?(学籍|学)(号码?|辅号|编号)"),
    (Field.GRADE, "(所在|就读)?年级"),
    (Field.CLASS, "(所在|就读)?(年级)?(班级|班)(名称)?"),
    (
        Field.IS_BOARDING,
        "(是否)?(寄宿|住宿|住校|寄宿生|住宿生|住校生)(情况|生|否)?|走读或?住校|就读方式",
    ),
    (Field.DORMITORY, "(宿舍|寝室)(号|楼号?)?"),
    (
        Field.VILLAGE,
        "(所在|所属|家庭)?(行政)?(村|村庄|村名|村组|自然村|村委会|村社|村（社区）|村\\(社区\\))",
    ),
    (
        Field.ADDRESS,
        f"{_CHILD}(家庭|现|居住|详细|户籍|家庭现|常住|户口)*(住址|地址|居住地|所在地|住地)(.*村.*)?",
    ),
    (
        Field.PARENTS_PLACE,
        f"{_PARENTS}(的)?(现|现在)?({_PLACE}|在外{_WHERE}|(所在)?(地点|城市|去向))",
    ),
    (Field.PARENTS_PLACE, _BARE_PARENTS_PLACE),
    (
        Field.IS_LEFT_BEHIND,
        "(是否|是不是)?(为|是|属于)?(农村)?留守(学生|儿童|孩子|生)?(情况|类型|类别)?(与否)?"
        f"|{_PARENTS}(是否|是不是)(均|都)?(在外|外出)(务工|打工)?",
    ),
    (
        Field.CARER_RELATION,
        f"({_CARER})?(与|和|是)?(该)?({_CHILD}|家长)(的)?关系|({_CARER})与.*关系|称谓",
    ),
]
for _person, _word in (("FATHER", _FATHER), ("MOTHER", _MOTHER), ("CARER", _CARER)):
    NAMES += [
        (Field[f"{_person}_NAME"], f"{_word}(的)?(姓名|名字)?"),
        (Field[f"{_person}_PHONE"], f"{_word}(的)?({_PHONE})"),
    ]
    if _person != "CARER":
        NAMES.append((Field[f"{_person}_PLACE"], f"{_word}(的)?({_PLACE})"))
NAMES.append((Field.FAMILY_PHONE, f"(家庭|家里|家中)(的)?({_PHONE})"))
_PATTERNS = [(field, re.compile(f"(?:{pattern})")) for field, pattern in NAMES]
_BARE_PHONE = re.compile(f"(?:{_PHONE})\\d?")
_BARE_PLACE = re.compile(_PLACE)
_NAMES_CARER = re.compile("照护|照料|照顾|看护|受托|代管|(委托|临时|实际)监护")
_NAMES_GUARDIAN = re.compile("监护")
_ANY_PHONE = re.compile("电话|手机|联系方式|号码")
_GROUP = re.compile(f"(?:{_FATHER}|{_MOTHER}|{_CARER})(情况|信息|资料)?")


def plain(text: object) -> str:
    """Return half-width text without spaces, line breaks, stars and the brackets at its end."""
    written = unicodedata.normalize("NFKC", "" if text is None else str(text)[:HEADER_CHARS])
    written = re.sub(r"[\s*:：_]+", "", written)
    if not written.endswith(")"):
        return written
    opened = written.find("(")
    while opened >= 0 and written.startswith("(社区", opened):  # 村(社区) is one name
        opened = written.find("(", opened + 1)
    return written if opened < 0 else written[:opened]


def _by_name(header: str) -> Field | None:
    return next((field for field, pattern in _PATTERNS if pattern.fullmatch(header)), None)


def recognised(headers: Sequence[str]) -> int:
    """Return how many fields these headings name."""
    return len({field for field in map(_by_name, map(plain, headers)) if field})


def names_children(headers: Sequence[str]) -> bool:
    return any(_by_name(plain(text)) is Field.NAME for text in headers)


def are_side_by_side(headers: Sequence[str]) -> bool:
    """Return whether two lists are side by side.

    Then the same columns repeat from the second name column on. A parent's "姓名" below a group that we do
    not know is followed by different columns.
    """
    texts = [plain(text) for text in headers]
    names = [at for at, text in enumerate(texts) if _by_name(text) is Field.NAME]
    if len(names) < 2:
        return False
    step = names[1] - names[0]
    again = sum(bool(one) and one == other for one, other in zip(texts, texts[step:], strict=False))
    return again >= 2 or all(_by_name(text) is Field.NAME for text in texts if text)


def header_texts(rows: Sequence[Sequence[object]], index: int) -> list[str]:
    """Return the headings of the row at `index`, joined with the row above if that one groups columns.

    "父亲" above "姓名 | 电话" becomes "父亲姓名 | 父亲电话"; "姓名" above an empty cell becomes "姓名".
    """
    if not 0 <= index < len(rows):
        return []
    low = ["" if cell is None else str(cell).strip() for cell in rows[index]]
    above = [plain(cell) for cell in rows[index - 1]] if index else []
    if not any(
        _GROUP.fullmatch(over) and text and _by_name(_joined(over, text))
        for over, text in zip(above, low, strict=False)
    ):
        return low
    texts, group = [], ""
    for column, text in enumerate(low):
        over = above[column] if column < len(above) else ""
        group = over or group
        grouped = _GROUP.fullmatch(group) and plain(text)
        texts.append(_joined(group, text) if grouped else text or over)
    return texts


def _joined(group: str, text: str) -> str:
    return plain(re.sub("(情况|信息|资料)$", "", group) + text)


class Called(StrEnum):
    """What the carer's columns call this adult, and so what remains unclear."""

    CARER = "carer"  # 照护人, 委托监护人: the adult at home
    GUARDIAN = "guardian"  # 监护人: by law the parents, wherever they are; often the adult at home
    PARENT = "parent"  # 家长, 联系人


def carer_called(headers: Sequence[str], mapping: Mapping[int, str]) -> Called:
    theirs = [text for at, text in enumerate(headers) if mapping.get(at, "").startswith("carer_")]
    texts = [plain(text) for text in theirs]
    if any(map(_NAMES_CARER.search, texts)):
        return Called.CARER
    return Called.GUARDIAN if any(map(_NAMES_GUARDIAN.search, texts)) else Called.PARENT


def guess(headers: Sequence[str]) -> dict[int, str | None]:
    """Return the field of each column; `NOT_USED` if a roster does not keep it, None if a person must say.

    "联系电话" to the right of a person's name is that person's phone. After father and mother, if neither has
    a phone, it is the family's. Anywhere else we cannot tell.
    """
    found: dict[int, str | None] = {}
    person = ""
    for_both = sum(bool(_BARE_PLACE.fullmatch(plain(header))) for header in headers) == 1
    for column, header in enumerate(map(plain, headers)):
        field: str | None = _by_name(header)
        people = {str(name).partition("_")[0] for name in found.values()}
        if field is None and person and _BARE_PHONE.fullmatch(header):
            has_own = {"father_phone", "mother_phone"} & set(found.values())
            is_family = person != "carer" and {"father", "mother"} <= people and not has_own
            field = Field.FAMILY_PHONE if is_family else Field(f"{person}_phone")
        elif field in (None, Field.PARENTS_PLACE) and (
            person in ("father", "mother") and _BARE_PLACE.fullmatch(header)
        ):
            is_known = {"father_place", "mother_place"} & {str(name) for name in found.values()}
            both = for_both and {"father", "mother"} <= people and not is_known
            field = Field.PARENTS_PLACE if both else Field(f"{person}_place")
        if field is None or field in found.values():
            field = None if _ANY_PHONE.search(header) else NOT_USED
        found[column] = field if field is None else str(field)
        owner = next((one for one in PEOPLE if str(field).startswith(f"{one}_")), "")
        person = owner or (person if field == NOT_USED else "")
    return found
