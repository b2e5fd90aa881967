"""The sections of a child's file: most are filled in, and every child lacks something to ask about."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from demo.families import Child, Family
from schools.models import School
from students.forms import ID_NUMBER_CHECKS, ID_NUMBER_WEIGHTS

# Shares of children for whom a section is known; made up.
HAS_ID_NUMBER, HAS_JOURNEY, HAS_HEALTH = 0.8, 0.85, 0.8
HAS_REGISTRATION, HAS_WISH = 0.75, 0.35
DISABLED = 0.015
AREA = "620622"  # Gulang county, whose identity numbers begin with it (GB/T 2260)
ETHNICITIES = [("汉族", 91), ("藏族", 4), ("回族", 3), ("蒙古族", 2)]
ILLNESSES = ["哮喘，书包里有喷雾", "癫痫，按时吃药", "先天性心脏病，做过手术"]
ALLERGIES = ["花生", "青霉素", "鸡蛋", "花粉，春天打喷嚏"]
NOTHING_SPECIAL = "没有要特别留意的"
DANGERS = ["过一座没有栏杆的桥", "路上大车多", "冬天有一段结冰", "村口有几条大狗"]
OBSTACLES = [
    "那边学校要居住证和社保",
    "房租贵，住的是工棚",
    "两个人都上夜班，没人接孩子",
    "县城活少，工钱低",
]
# children whose drawn number leaves this remainder, divided by thirty, are in special care
IN_CARE = 7
CARE_PLAN = "班主任每周聊一次；家里每晚问问作业；村里每月去看一眼"
ASSISTANCE = ["最低生活保障", "医疗救助", "无"]


@dataclass(frozen=True)
class Way:
    """A way to school in figures, to go with the words in words.JOURNEYS."""

    by: str
    minutes: int
    km: str
    whom: str = ""


WAYS = {
    "走路一刻钟": Way("walks", 15, "1.1"),
    "走路半小时": Way("walks", 30, "2.2"),
    "走路半小时，过一座桥": Way("walks", 30, "2.2"),
    "和邻居家姐姐一起走": Way("walks", 20, "1.5", "邻居家姐姐"),
    "和邻居家姐姐一起走，过一座桥": Way("walks", 25, "1.8", "邻居家姐姐"),
    "坐校车": Way("school_bus", 25, "8.5"),
    "爷爷骑三轮接送": Way("brought", 15, "3", "爷爷"),
    "奶奶接送": Way("brought", 10, "0.8", "奶奶"),
}


def sections(
    random: Random,
    child: Child,
    family: Family,
    born_on: date,
    is_boarding: bool,
    school: School,
    on: date,
    taken: set[str],
) -> dict[str, Any]:
    """Return fields of students.Student by name. `taken`: the school's identity numbers so far."""
    names, weights = zip(*ETHNICITIES, strict=True)
    known: dict[str, Any] = {}
    if random.random() < 0.9:
        known["ethnicity"] = random.choices(names, weights)[0]
    number = random.randrange(500)
    if random.random() < HAS_ID_NUMBER:
        while id_number(born_on, child.sex, number) in taken:
            number += 1
        known["id_number"] = id_number(born_on, child.sex, number)
        taken.add(known["id_number"])
    known |= _special_care(number, on)
    group, house = random.randrange(1, 7), random.randrange(1, 60)
    known |= {
        "address": f"{school.county.name}{family.village}{group}组{house}号",
        "lives_there_since": born_on if random.random() < 0.7 else None,
        "is_boarding": is_boarding,
    }
    if is_boarding:
        known["dormitory"] = f"{random.choice('12')}号楼{random.randrange(101, 112)}"
        known["boards_since"] = _term_start(on)
    known |= _journey(random, child, is_boarding, on)
    known |= _health(random, on)
    known |= _registration(random, family, school)
    if family.parents_away and (child.wish or random.random() < HAS_WISH):
        joins = "接" in child.wish
        kind = "child_joins" if joins else random.choice(["parent_returns", "both_return"])
        known |= {
            "wish_kind": kind,
            "wish_obstacle": random.choice(OBSTACLES),
            "wish_since": date(on.year - 1, 2, 20),
        }
    return known


def id_number(born_on: date, sex: str, number: int) -> str:
    """Return a number that passes the check of GB 11643-1999; odd for boys."""
    place = number * 2 + (sex == "m")
    digits = f"{AREA}{born_on:%Y%m%d}{place % 1000:03d}"
    total = sum(int(d) * w for d, w in zip(digits, ID_NUMBER_WEIGHTS, strict=True))
    return digits + ID_NUMBER_CHECKS[total % 11]


def _special_care(number: int, on: date) -> dict[str, Any]:
    """Put one child in thirty in special care.

    Some are there on two grounds, some have no plan, and some have a plan that is due for review.
    """
    if number % 30 != IN_CARE:
        return {}
    since, share = date(on.year, 3, 1), number // 30
    known: dict[str, Any] = {
        "single_parent_since": since,
        "single_parent_basis": "家长说的，看过离婚证",
    }
    if share % 4 == 1:
        known |= {"unsupported_since": since, "unsupported_basis": "民政所认定"}
    if share % 3:
        review = on - timedelta(days=3) if share % 3 == 1 else on + timedelta(days=40)
        known |= {"care_plan": CARE_PLAN, "care_plan_review_on": review}
    return known


def _journey(random: Random, child: Child, is_boarding: bool, on: date) -> dict[str, Any]:
    if is_boarding or random.random() > HAS_JOURNEY:
        return {}
    way = WAYS.get(child.journey)
    if way is None:
        return {"journey": child.journey}
    danger = random.choice(DANGERS) if way.by == "walks" and random.random() < 0.5 else ""
    return {
        "journey_by": way.by,
        "journey_minutes": way.minutes,
        "journey_km": Decimal(way.km),
        "journey_with": way.whom,
        "journey_dangers": "过一座桥" if "桥" in child.journey else danger,
        "journey_since": _term_start(on),
    }


def _health(random: Random, on: date) -> dict[str, Any]:
    if random.random() > HAS_HEALTH:
        return {}
    illness = random.choice(ILLNESSES) if random.random() < 0.03 else ""
    allergies = random.choice(ALLERGIES) if random.random() < 0.07 else ""
    known: dict[str, Any] = {
        "illness": illness,
        "allergies": allergies,
        "health": "" if illness or allergies else NOTHING_SPECIAL,
        "is_insured": random.choices([True, False, None], [90, 2, 8])[0],
        "is_vaccinated": random.choices([True, False, None], [72, 6, 22])[0],
        "checked_up_on": _term_start(on).replace(day=18) if random.random() < 0.8 else None,
    }
    if random.random() < DISABLED:
        kind = random.choice(["sight", "hearing", "speech", "limbs"])
        known |= {"disability": kind, "disability_level": random.choice("234")}
    elif random.random() < 0.8:
        known["disability"] = "none"
    return known


def _registration(random: Random, family: Family, school: School) -> dict[str, Any]:
    if random.random() > HAS_REGISTRATION:
        return {}
    has_gone = random.random() < 0.1
    away = family.parents_away
    known: dict[str, Any] = {
        "is_registered": random.random() < 0.985,
        "registration": "rural" if random.random() < 0.95 else "urban",
        "registered_at": f"{school.county.name}{family.village}",
        "has_city_schooling": has_gone,
        "city_schooling": f"{away[0].place}，读过一年" if has_gone and away else "",
        "assistance": random.choices([*ASSISTANCE, ""], [8, 2, 40, 50])[0],
    }
    if away and random.random() < 0.5:
        known["has_residence_permit"] = random.random() < 0.4
    return known


def _term_start(on: date) -> date:
    return date(on.year if on.month >= 9 else on.year - 1, 9, 1)
