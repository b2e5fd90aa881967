"""Who lives with whom and who is away: shares from published counts.

Sources: poor-county survey n=2,032 (not left behind 44.8 %, father only away 30.2 %, rest mother
or both); Ministry of Civil Affairs 2016 and 2018 (boys 54.5 %; of guardians grandparents 89–96 %,
relatives 3.3 %, nobody 4.0 %). All secondary, as listed in docs/domain-sources.md.
"""

from dataclasses import dataclass, field
from random import Random

from homeschool.demo import words

BOYS = 0.545
AWAY_SHARES = [("none", 44.8), ("father", 30.2), ("both", 18.5), ("mother", 6.5)]
NOBODY_CARES, RELATIVE_CARES = 0.040, 0.033  # of children with both parents away
SECOND_CHILD = 0.16  # share of families with another child at the same school (made up)
NO_NUMBER, BAD_NUMBER = 0.015, 0.015  # parents without any, or with an unusable number (made up)
CONDITIONS = [
    ("in_touch", 97.6),
    ("dead", 0.9),
    ("no_contact", 0.9),
    ("imprisoned", 0.3),
    ("missing", 0.3),
]


@dataclass
class Person:
    name: str
    relation: str
    kind: str
    phone: str = ""
    written: str = ""
    is_away: bool | None = False
    place: str = ""
    zone: str = "Asia/Shanghai"
    work: str = ""
    shift: str = ""
    condition: str = "in_touch"
    prefers_audio: bool = False
    has_capacity: bool | None = None
    point_id: int | None = None  # key of the row with the phone number


@dataclass
class Child:
    name: str
    sex: str
    strengths: str
    journey: str
    wish: str = ""


@dataclass
class Family:
    village: str
    children: list[Child]
    adults: list[Person] = field(default_factory=list)
    # 0 … 1: how rarely a week passes without a talk; high = the one who never answers.
    silence: float = 0.0
    # Of the stories: "talked" or the state of this week's open question; "" = chance decides.
    this_week: str = ""

    @property
    def parents_away(self) -> list[Person]:
        return [
            adult
            for adult in self.adults
            if adult.kind == "parent" and adult.is_away and adult.condition == "in_touch"
        ]


def pick(random: Random, weighted: list[tuple]) -> tuple:
    return random.choices(weighted, [row[-1] for row in weighted])[0]


def mobile(random: Random) -> str:
    prefix = random.choice(["138", "139", "150", "152", "158", "177", "180", "181", "187", "189"])
    return f"+86{prefix}{random.randrange(10**8):08d}"


def make_family(random: Random) -> Family:
    surname = random.choice(words.SURNAMES)
    count = 2 if random.random() < SECOND_CHILD else 1
    family = Family(
        village=random.choice(words.VILLAGES),
        children=[_child(random, surname) for _ in range(count)],
        silence=random.random(),
    )
    away = pick(random, AWAY_SHARES)[0]
    family.adults = _parents(random, surname, away)
    family.adults += _carers(random, surname, family, away)
    return family


def _child(random: Random, surname: str) -> Child:
    is_boy = random.random() < BOYS
    given = random.choice(words.BOY_NAMES if is_boy else words.GIRL_NAMES)
    return Child(
        name=surname + given,
        sex="m" if is_boy else "f",
        strengths=random.choice(words.STRENGTHS),
        journey=random.choice(words.JOURNEYS),
        wish=random.choice(words.WISHES) if random.random() < 0.2 else "",
    )


def _parents(random: Random, surname: str, away: str) -> list[Person]:
    father = Person(surname + random.choice(words.MEN), "father", "parent")
    mother = Person(random.choice(words.SURNAMES) + random.choice(words.WOMEN), "mother", "parent")
    together = random.random() < 0.55
    city, trade = pick(random, words.CITIES), pick(random, words.TRADES)
    for parent in (father, mother):
        parent.phone = mobile(random)
        parent.condition = pick(random, CONDITIONS)[0]
        if parent.condition != "in_touch":
            parent.is_away = None
            parent.has_capacity = False
        elif away in (parent.relation, "both"):
            _send_away(random, parent, (city, trade) if together else None)
        elif random.random() < 0.05:
            parent.is_away = None
        else:
            parent.has_capacity = True if random.random() < 0.9 else None
        _spoil_number(random, parent)
    return [father, mother]


def _send_away(random: Random, parent: Person, shared: tuple | None) -> None:
    city, trade = shared or (pick(random, words.CITIES), pick(random, words.TRADES))
    parent.is_away, parent.place, parent.zone = True, city[0], city[1]
    parent.work, parent.shift = trade[0], trade[1]


def _spoil_number(random: Random, parent: Person) -> None:
    chance = random.random()
    if chance < NO_NUMBER:
        parent.phone = ""
    elif chance < NO_NUMBER + BAD_NUMBER:
        parent.written, parent.phone = parent.phone[3:-1], ""


def _carers(random: Random, surname: str, family: Family, away: str) -> list[Person]:
    at_home = [p for p in family.adults if p.is_away is False and p.condition == "in_touch"]
    chance = random.random()
    if at_home:
        return []
    if away == "both" and chance < NOBODY_CARES:
        return []
    if chance < NOBODY_CARES + RELATIVE_CARES:
        name = surname + random.choice(words.MEN)
        return [Person(name, "relative", "carer", mobile(random))]
    return [_grandparent(random, surname)]


def _grandparent(random: Random, surname: str) -> Person:
    is_woman = random.random() < 0.6
    own = random.choice(words.SURNAMES) if is_woman else surname
    given = random.choice(words.OLD_WOMEN if is_woman else words.OLD_MEN)
    relation = "paternal_grandmother" if is_woman else "paternal_grandfather"
    return Person(own + given, relation, "carer", mobile(random), prefers_audio=True)


def story_families() -> list[Family]:
    """The families that the guide and the screens tell about; all in 三年级2班."""
    return [
        Family(
            "黄羊川村",
            [
                Child(
                    "徐梦瑶",
                    "f",
                    "会教别人，跳绳好",
                    "和邻居家姐姐一起走，过一座桥",
                    "明年秋天把梦瑶接到昆山上学",
                )
            ],
            [
                Person(
                    "王芳",
                    "mother",
                    "parent",
                    "+8613893512207",
                    is_away=True,
                    place="昆山",
                    work="电子厂",
                    shift="night",
                ),
                Person(
                    "徐建军",
                    "father",
                    "parent",
                    "+8613893512208",
                    is_away=True,
                    place="库尔勒",
                    work="收棉花",
                    shift="day",
                ),
                Person(
                    "李秀兰", "paternal_grandmother", "carer", "+8613893512209", prefers_audio=True
                ),
            ],
            silence=0.2,
            this_week="talked",
        ),
        Family(
            "石城村",
            [Child("赵明轩", "m", "爱做木工", "走路半小时")],
            [
                Person(
                    "赵国栋",
                    "father",
                    "parent",
                    "+77012345678",
                    is_away=True,
                    place="阿拉木图",
                    zone="Asia/Almaty",
                    work="建筑工地",
                    shift="day",
                ),
                Person(
                    "李红",
                    "mother",
                    "parent",
                    condition="no_contact",
                    is_away=None,
                    has_capacity=False,
                ),
                Person(
                    "赵德福", "paternal_grandfather", "carer", "+8613893512210", prefers_audio=True
                ),
            ],
            silence=0.999,
            this_week="nobody_reached",
        ),
        Family(
            "上川村",
            [Child("何静", "f", "画画好", "走路一刻钟")],
            [
                Person("何永强", "father", "parent", "+8613893512211", has_capacity=True),
                Person(
                    "陈霞",
                    "mother",
                    "parent",
                    "+8613893512212",
                    is_away=True,
                    place="杭州",
                    work="服装厂",
                    shift="rotating",
                ),
            ],
            silence=0.3,
            this_week="talked",
        ),
        Family(
            "西滩村",
            [
                Child("丁海涛", "m", "会修东西", "爷爷骑三轮接送"),
                Child("丁小雨", "f", "爱唱歌", "爷爷骑三轮接送"),
            ],
            [
                Person(
                    "丁国强",
                    "father",
                    "parent",
                    "+8613893512213",
                    is_away=True,
                    place="东莞",
                    work="电子厂",
                    shift="day",
                ),
                Person(
                    "马玉莲",
                    "mother",
                    "parent",
                    "+8613893512214",
                    is_away=True,
                    place="东莞",
                    work="电子厂",
                    shift="day",
                ),
                Person(
                    "马秀珍", "paternal_grandmother", "carer", "+8613893512215", prefers_audio=True
                ),
            ],
            silence=0.6,
            this_week="asked_again",
        ),
        Family(
            "中川村",
            [Child("高强强", "m", "照顾奶奶", "走路一刻钟")],
            [
                Person(
                    "高海龙",
                    "father",
                    "parent",
                    "+8613893512216",
                    is_away=True,
                    place="深圳",
                    work="快递",
                    shift="day",
                ),
                Person(
                    "张春燕",
                    "mother",
                    "parent",
                    "+8613893512217",
                    is_away=True,
                    place="西安",
                    work="饭馆",
                    shift="day",
                ),
                Person(
                    "马秀珍", "paternal_grandmother", "carer", "+8613893512218", prefers_audio=True
                ),
            ],
            silence=0.4,
            this_week="waiting",
        ),
    ]
