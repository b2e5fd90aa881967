"""Read cells about the adults of a family: relation, condition, place, or what is wrong with them. Pure."""

import re
from dataclasses import dataclass, field

from guardians.models import Adult, Relation
from rosters.cleaning import HAN, Cleaned, Problem, from_words, is_nothing, text_of

# Words that several of the patterns below share.
_HOME = "家里|家中|家|本地|本村|本乡|本镇|当地|老家|村里"
_FARMS = "务农|种地|种田"
_NOT_GONE = "(未|没|没有|不|无)外出"
_DEAD = "死亡|去世|病故|亡故|身故|过世|离世"
_IMPRISONED = "服刑|坐牢|狱中|监狱|劳改|羁押"
_MISSING = "失踪|下落不明|走失"
_NO_CONTACT = "失联|联系不上|无法联系|没有?联系|无联系|出走"

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

_NO_RELATION = ("监护人", "法定监护人", "第一监护人", "家长", "父母")  # may be anybody


def clean_relation(cell: object) -> Cleaned:
    text = text_of(cell).replace(" ", "")
    if is_nothing(text) or text in _NO_RELATION:
        return Cleaned(None)
    relation = RELATION_WORDS.get(text) or RELATION_WORDS.get(re.sub("关系$", "", text))
    if relation is None:
        return Cleaned(Relation.OTHER.value, Problem("relation_unknown", blocks=False))
    return Cleaned(relation.value)


def relation_in(cell: object) -> str | None:
    """Return the relation given together with a name: "张三（父）"."""
    return RELATION_WORDS.get(_bracket(text_of(cell)).replace(" ", ""))


def _bracket(text: str) -> str:
    return text.partition("(")[2].removesuffix(")") if text.endswith(")") else ""


_CONDITIONS: list[tuple[str, str]] = [
    (
        Adult.Condition.DEAD.value,
        rf"(双|均|都)?(已)?({_DEAD}|故|亡|殁)(了)?|不在了|不在世",
    ),
    (Adult.Condition.IMPRISONED.value, rf"(在)?({_IMPRISONED})(中|人员)?"),
    (Adult.Condition.MISSING.value, _MISSING),
    (
        Adult.Condition.NO_CONTACT.value,
        rf"(离家)?({_NO_CONTACT})|离异失联|改嫁(失联|无联系)",
    ),
]


def condition_in(cell: object) -> str | None:
    """Return the condition that a cell gives instead of its usual value: "已故", "服刑", "失联"."""
    text = re.sub(r"[()\s]", "", text_of(cell))
    return next((word for word, shape in _CONDITIONS if re.fullmatch(shape, text)), None)


def clean_adult_name(cell: object) -> Cleaned:
    """Return the name without its bracket, which `condition_of` reads."""
    text = text_of(cell)
    text = text.partition("(")[0].strip() if text.endswith(")") else text
    if re.search(f"[{HAN}]", text):
        text = text.replace(" ", "")
    return Cleaned("" if is_nothing(text) or condition_in(text) else text[:60])


def condition_of(cell: object) -> str | None:
    """Return the condition as `condition_in` does, also from "徐建军（已故）"."""
    inside = _bracket(text_of(cell))
    return condition_in(cell) or (condition_in(inside) if inside else None)


@dataclass(frozen=True)
class Place:
    """Where an adult lives.

    `is_implied` means that it comes from a word about both parents, so it never overrides the record of
    one of them.
    """

    is_away: bool
    place: str = ""
    is_implied: bool = False


@dataclass(frozen=True)
class Places:
    """What one cell says about father and mother. `bare` is a place given for neither of them."""

    of: dict[str, Place] = field(default_factory=dict)
    conditions: dict[str, str] = field(default_factory=dict)
    bare: Place | None = None


_AT_HOME = re.compile(
    rf"在?({_HOME})({_FARMS}|照顾孩子|带孩子)?|{_FARMS}|{_NOT_GONE}|否|未务工|家庭主妇"
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
# Words about a family in a cell for a place, and words that mean that somebody is at home after
# all.
_NO_PLACE = re.compile(
    "离异|离婚|单亲|孤儿|[双均]亡|健在|残疾|再婚|改嫁|已故"
    f"|{_DEAD}|{_IMPRISONED}|{_MISSING}|{_NO_CONTACT}"
)
_SOMEBODY_HOME = re.compile(f"{_HOME}|{_FARMS}|{_NOT_GONE}")
_FATHER_ALONE = ("父", "父亲", "爸爸")
_MOTHER_ALONE = ("母", "母亲", "妈妈")
_AROUND_PLACE = " ,;、。/:和与及均都俱也"
_TWO_PLACES = re.compile(r"[,;、/]")


def _whose(word: str) -> tuple[str, ...]:
    if word in _FATHER_ALONE:
        return ("father",)
    return ("mother",) if word in _MOTHER_ALONE else ("father", "mother")


def clean_places(cell: object, owner: str = "") -> Cleaned:
    """Return places by parent: "父亲在深圳,母亲在兰州", "父母在新疆务工".

    A place that names no parent belongs to the `owner`. If two places are given without saying whose they
    are, the parents are away and the places become a question. If the cell does not tell who is at home,
    we do not guess that anybody is away; it only becomes a question.
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
    """Return the places by parent; None if the text says something else about the family."""
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
    """Read who is away according to one column: yes (some parent), both, father, mother, one, or no.

    "one" becomes a question.
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
    return from_words(cell, _LEFT_BEHIND, "left_behind_unknown")
