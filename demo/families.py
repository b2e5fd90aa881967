"""Makes up families, with shares from published counts of who lives with whom and who is away.

Sources: poor-county survey n=2,032 (not left behind 44.8 %, father only away 30.2 %, rest mother
or both); Ministry of Civil Affairs 2016 and 2018 (boys 54.5 %; of guardians grandparents 89–96 %,
relatives 3.3 %, nobody 4.0 %). All secondary, as listed in docs/domain-sources.md.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random

from demo import words
from schools.models import SchoolClass

BOYS = 0.545
NAME_TRIES = 6
AWAY_SHARES = [("none", 44.8), ("father", 30.2), ("both", 18.5), ("mother", 6.5)]
NOBODY_CARES, RELATIVE_CARES = 0.040, 0.033  # of children with both parents away
SECOND_CHILD = 0.16  # share of families with another child at the same school (made up)
NO_NUMBER, BAD_NUMBER = 0.015, 0.015  # parents without a number, or with an unusable one (made up)
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
    literacy: str = ""
    agreed_key: str = ""  # asked by telephone; the child is named behind this key
    # About the rows: the number's key, what came of messages to it, and the sign-in account.
    point_id: int | None = None
    replied_at: datetime | None = None
    failing_since: datetime | None = None
    user_id: int | None = None
    # stories only: whether they have an account; None = decided by chance
    is_guest: bool | None = None


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
    # 0 … 1: how rarely they talk in a week; high = the one who never answers.
    silence: float = 0.0
    # Stories only: "talked" or the state of this week's open question; "" = decided by chance.
    this_week: str = ""
    is_story: bool = False
    consents: dict[str, str | None] = field(default_factory=dict)  # purpose → what they said

    @property
    def parents_away(self) -> list[Person]:
        return [
            adult
            for adult in self.adults
            if adult.kind == "parent" and adult.is_away and adult.condition == "in_touch"
        ]


@dataclass
class Place:
    """One child's seat: which child, in which class."""

    student_id: int
    school_class: SchoolClass
    child: Child
    born_on: date


@dataclass(frozen=True)
class LastTalk:
    adult_id: int
    on: date
    by_parent: bool
    is_confirmed: bool


@dataclass
class Household:
    """A family with the keys of its rows."""

    family: Family
    seats: list[Place] = field(default_factory=list)
    adult_ids: list[int] = field(default_factory=list)
    last_talk: LastTalk | None = None

    def note_talk(self, adult_id: int, on: date, *, by_parent: bool, is_confirmed: bool) -> None:
        self.last_talk = LastTalk(adult_id, on, by_parent, is_confirmed)

    def id_of(self, relation: str) -> int | None:
        for person, key in zip(self.family.adults, self.adult_ids, strict=True):
            if person.relation == relation:
                return key
        return None

    def ids_of(self, people: list[Person]) -> list[int]:
        return [
            key
            for person, key in zip(self.family.adults, self.adult_ids, strict=True)
            if any(person is one for one in people)
        ]

    @property
    def away_ids(self) -> list[int]:
        return self.ids_of(self.family.parents_away)

    @property
    def home_ids(self) -> list[int]:
        """Return who is at home: the carers, or else the parent who is there."""
        adults = self.family.adults
        carers = [one for one in adults if one.kind == "carer"]
        there = [one for one in adults if one.is_away is False and one.condition == "in_touch"]
        return self.ids_of(carers or there)


def pick(random: Random, weighted: list[tuple]) -> tuple:
    return random.choices(weighted, [row[-1] for row in weighted])[0]


def mobile(random: Random) -> str:
    prefix = random.choice(["138", "139", "150", "152", "158", "177", "180", "181", "187", "189"])
    return f"+86{prefix}{random.randrange(10**8):08d}"


def make_family(random: Random, taken: set[str]) -> Family:
    """Make a family. `taken`: names of the school's children so far, including those of the stories."""
    surname = random.choice(words.SURNAMES)
    count = 2 if random.random() < SECOND_CHILD else 1
    family = Family(
        village=random.choice(words.VILLAGES),
        children=[_child(random, surname, taken) for _ in range(count)],
        silence=random.random(),
    )
    away = pick(random, AWAY_SHARES)[0]
    family.adults = _parents(random, surname, away)
    family.adults += _carers(random, surname, family, away)
    return family


def _child(random: Random, surname: str, taken: set[str]) -> Child:
    is_boy = random.random() < BOYS
    given = words.BOY_NAMES if is_boy else words.GIRL_NAMES
    for _ in range(NAME_TRIES):  # in a large school two children may share a name, as in life
        name = surname + random.choice(given)
        if name not in taken:
            break
    taken.add(name)
    return Child(
        name=name,
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
            if not together:
                city, trade = pick(random, words.CITIES), pick(random, words.TRADES)
            parent.is_away, parent.place, parent.zone = True, city[0], city[1]
            parent.work, parent.shift = trade[0], trade[1]
        elif random.random() < 0.05:
            parent.is_away = None
        else:
            parent.has_capacity = True if random.random() < 0.9 else None
        chance = random.random()
        if chance < NO_NUMBER:
            parent.phone = ""
        elif chance < NO_NUMBER + BAD_NUMBER:
            parent.written, parent.phone = parent.phone[3:-1], ""
    return [father, mother]


def _carers(random: Random, surname: str, family: Family, away: str) -> list[Person]:
    at_home = [p for p in family.adults if p.is_away is False and p.condition == "in_touch"]
    chance = random.random()
    if at_home:
        return []
    if away == "both" and chance < NOBODY_CARES:
        return []
    if chance < NOBODY_CARES + RELATIVE_CARES:
        given = random.choice([one for one in words.MEN if surname + one != family.adults[0].name])
        return [Person(surname + given, "relative", "carer", mobile(random))]
    is_woman = random.random() < 0.6
    own = random.choice(words.SURNAMES) if is_woman else surname
    given = random.choice(words.OLD_WOMEN if is_woman else words.OLD_MEN)
    grandparent = Person(
        own + given,
        "paternal_grandmother" if is_woman else "paternal_grandfather",
        "carer",
        mobile(random),
        prefers_audio=True,
        literacy=random.choice(["none", "little", "little", "reads"]),
    )
    return [grandparent]
