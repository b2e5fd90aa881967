"""A pack of two lessons: one for everybody, one for parents away with a child of primary school age."""

import re
from datetime import date, datetime, timedelta
from uuid import uuid4

from django.test import Client
from django.urls import reverse

from core import clock
from core.weeks import monday_of
from delivery import links as sealed
from learning import actions, pack
from learning.county import actions as for_county
from learning.curriculum import actions as curriculum
from learning.exchange import actions as exchange
from learning.exchange.archive import opened, packed
from learning.exchange.writing import Draft, Words
from learning.models import (
    CountyPack,
    Lesson,
    LessonSent,
    LessonVoice,
    PlannedLesson,
    SchoolPack,
    Training,
)
from learning.training import actions as trainings
from learning.voice import actions as voices
from schools.models import Term
from schools.policies import today_in
from tests.factories.cast import Cast
from tests.factories.files import as_file, photo, wav

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 340 172"><path d="M0 0h9" fill="#fff"/></svg>'
HEARD = "孩子做了什么，您就说什么。\n\n小事也算，一次说一件。"


HEAD = """+++
topic = "怎么夸孩子"
title = "%s"
week = "这周说一次。"
picture = "妈妈在打电话。"
+++
"""


def text(title: str, heard: str = HEARD) -> bytes:
    head = HEAD % title
    return f"{head}\n1. 说您看见的。\n2. 一次说一件。\n3. 小事也算。\n\n## 听一听\n\n{heard}\n".encode()


def about(whom: str, more: str = "") -> bytes:
    return f'for = [{whom}]\n{more}\nsources = ["世卫组织"]\n'.encode()


def files(**changed: bytes | None) -> dict[str, bytes]:
    """Of a whole pack. `changed`: "__" for the slash, "_" for the dot; None leaves a file out."""
    found = {
        "pack.toml": (
            'name.zh-hans = "试用"\nname.en = "Trial"\nversion = "1"\nlicence = "CC BY 4.0"\n'
            'lessons = ["praise", "calling"]\n'
        ).encode(),
        "praise/lesson.toml": about('"away", "home"'),
        "calling/lesson.toml": about('"away"', "ages = [6, 12]"),
    }
    for key, title in (("praise", "夸他做了什么"), ("calling", "电话里说什么")):
        found[f"{key}/picture.svg"] = PICTURE.encode()
        found[f"{key}/zh-hans.md"] = text(title)
        found[f"{key}/en.md"] = text(f"In English: {key}")
    return _changed(found, changed)


def _changed(found: dict[str, bytes], changed: dict[str, bytes | None]) -> dict[str, bytes]:
    for name, data in changed.items():
        path = name.replace("__", "/").replace("zh_hans", "zh-hans")
        stem, _, ending = path.rpartition("_")
        found.pop(f"{stem}.{ending}", None)
        if data is not None:
            found[f"{stem}.{ending}"] = data
    return found


CLASS_TEXT = """+++
topic = "心情"
title = "给心情起个名字"
aim = "叫出自己的心情。"
needs = "彩笔"
home = "问问家里人今天几度。"
picture = "四张脸。"
+++

# 怎么上

## 5 开场
今天几度？

## 35 起名字
一人说一个。

# 有事的时候

## 有人笑别人
谁的心情都不笑。

# 不做

- 不说有什么好哭的。

# 讲义

## 我的心情
今天我的心情是：

___

"""
ALWAYS = """# 有事的时候

## 孩子哭了
走到旁边。

# 从不

- 不排名。
"""


def class_files(**changed: bytes | None) -> dict[str, bytes]:
    """Of a pack with one lesson for a class; `changed` as in `files`."""
    found = {
        "pack.toml": (
            'name.zh-hans = "课"\nname.en = "Lessons"\nversion = "1"\nlicence = "CC BY 4.0"\n'
            'lessons = ["feelings"]\n'
        ).encode(),
        "feelings/lesson.toml": about('"class"', "grades = [2, 4]\nminutes = 40"),
        "feelings/picture.svg": PICTURE.encode(),
    }
    for language in pack.LANGUAGES:
        found[f"feelings/{language}.md"] = CLASS_TEXT.encode()
        found[f"always.{language}.md"] = ALWAYS.encode()
    return _changed(found, changed)


def class_lesson(cast: Cast, *, is_out: bool = True) -> Lesson:
    found, faults = pack.read(class_files())
    assert found, faults
    actions.load(name="class-trial", pack=found, at=clock.now())
    lesson = Lesson.objects.get(pack="class-trial", key="feelings", place__isnull=False)
    if is_out:
        counsellor = cast.users["counsellor"]
        actions.let_out(lesson=lesson, school=cast.school, by=counsellor, at=clock.now())
    return lesson


def term(cast: Cast) -> Term:
    """From six weeks ago, seven weeks to come."""
    monday = monday_of(today_in(cast.school, clock.now()))
    found, _is_new = Term.objects.get_or_create(
        year=cast.school_class.grade.year,
        season=Term.Season.AUTUMN,
        defaults={
            "starts_on": monday - timedelta(weeks=6),
            "ends_on": monday + timedelta(weeks=7, days=4),
        },
    )
    return found


def planned(cast: Cast, week_on: date | None = None) -> PlannedLesson:
    """A lesson of the cast's class, this week."""
    at = clock.now()
    week_on = week_on or monday_of(today_in(cast.school, at))
    curriculum.plan(
        school=cast.school,
        classes=[cast.school_class],
        week_on=week_on,
        lesson=class_lesson(cast),
        by=cast.users["counsellor"],
        at=at,
    )
    return PlannedLesson.objects.get(school_class=cast.school_class, week_on=week_on)


def training(
    cast: Cast,
    who: str = "teacher",
    hours: int = 8,
    kind: str = "support",
    ended_on: date | None = None,
) -> Training:
    """With a certificate."""
    return trainings.note(
        school=cast.school,
        user=cast.users[who],
        kind=kind,
        title="儿童心理急救",
        provider="县教育局",
        hours=hours,
        ended_on=ended_on or today_in(cast.school, clock.now()),
        certificate=as_file(photo()),
        key=uuid4(),
        by=cast.users[who],
        at=clock.now(),
    )


def load(given: dict[str, bytes] | None = None) -> dict[str, Lesson]:
    """Key → the lesson in hand."""
    found, faults = pack.read(files() if given is None else given)
    assert found, faults
    actions.load(name="trial", pack=found, at=clock.now())
    return {one.key: one for one in Lesson.objects.filter(pack="trial", place__isnull=False)}


def let_out(cast: Cast, key: str = "praise", by: str = "counsellor") -> Lesson:
    lesson = load()[key]
    actions.let_out(lesson=lesson, school=cast.school, by=cast.users[by], at=clock.now())
    return lesson


def sent(
    cast: Cast, key: str = "praise", who: str = "mother", at: datetime | None = None
) -> LessonSent:
    """Let out and with this adult, without a message."""
    lesson, adult = let_out(cast, key), cast.adults[who]
    row, _is_new = LessonSent.objects.get_or_create(
        school=adult.school, lesson=lesson, adult=adult, defaults={"sent_at": at or clock.now()}
    )
    return row


def token_of(row: LessonSent) -> str:
    return sealed.seal("lesson", row.pk, row.adult_id)


def recorded(
    cast: Cast, lesson: Lesson, language: str = "zh-hans", by: str = "counsellor"
) -> LessonVoice:
    """The counsellor has read it aloud, for two seconds."""
    return voices.keep(
        lesson=lesson,
        school=cast.school,
        language=language,
        file=as_file(wav(), "voice.wav", "audio/wav"),
        key=uuid4(),
        by=cast.users[by],
        at=clock.now(),
    )


def archive(
    key: str = "hills", given: dict[str, bytes] | None = None, **changed: bytes | None
) -> bytes:
    """A pack as a ZIP file; `changed` as in `files`."""
    found = files(**changed) if given is None else given
    if "pack.toml" in found:
        found["pack.toml"] = f'key = "{key}"\n'.encode() + found["pack.toml"]
    return packed(found)


def school_pack(cast: Cast, key: str = "hills", *, is_taken: bool = True, **changed) -> SchoolPack:
    opened_pack, faults = opened(archive(key, **changed))
    assert opened_pack, faults
    by, at = cast.users["counsellor"], clock.now()
    pack = exchange.look_at(school=cast.school, found=opened_pack, by=by, at=at)
    if is_taken:
        exchange.take(pack=pack, by=by, at=at)
        pack.refresh_from_db()
    return pack


def county_pack(cast: Cast, key: str = "hills", **changed) -> CountyPack:
    opened_pack, faults = opened(archive(key, **changed))
    assert opened_pack, faults
    return exchange.put_into_library(
        county=cast.county, found=opened_pack, by=cast.users["county"], at=clock.now()
    )


def ticked(client: Client, lesson: Lesson) -> dict[str, str]:
    """What a page as it is now sends once somebody has ticked it."""
    html = client.get(reverse("learning:lesson", args=[lesson.pk])).content.decode()
    hidden = re.findall(r'name="(reading|heard)" value="([^"]*)"', html)
    return {"has_read": "on"} | dict(hidden)


def county_reading(cast: Cast, lesson: Lesson) -> None:
    """The officer has read it for every school."""
    by, at = cast.users["county"], clock.now()
    for_county.let_out(county=cast.county, lesson=lesson, by=by, at=at)


DRAFT = Draft(
    chinese=Words(
        topic="我们山里",
        title="下雪天，路上慢一点",
        week="看一看孩子的鞋。",
        picture="雪地上的脚印。",
        read=("路滑，就走慢些。", "雪大，就等一等。", "到了，说一声。"),
        heard="山里的雪说下就下。\n\n早上先看天，再出门。",
    ),
    english=None,
    audience=("away", "home"),
    ages=(6, 12),
    counts_on_parents=False,
    sources=("本校安全手册",),
    drawing=PICTURE,
)


def own_lesson(cast: Cast, key: str = "own-snow", draft: Draft = DRAFT) -> Lesson:
    kept, faults = exchange.keep_own(
        school=cast.school, key=key, draft=draft, by=cast.users["counsellor"], at=clock.now()
    )
    assert kept, faults
    return kept


OF_A_PLAN = ("plan_week", "planned", "held", "not_held", "reopen", "take_off", "came_up")


OF_PACKS = {
    "pack",
    "pack_take",
    "pack_drop",
    "pack_export",
    "from_library",
    "library_pack",
    "library_remove",
    "county_lesson",
    "county_let_out",
    "county_take_back",
    "rewrite",
}


def _of_packs(cast: Cast, page: str) -> dict[str, object]:
    if page.startswith("county_"):
        lesson = load()["praise"]
        if page == "county_take_back":
            county_reading(cast, lesson)
        return {"digest": lesson.digest}
    if page in ("from_library", "library_pack", "library_remove"):
        return {"pk": county_pack(cast).pk}
    if page == "rewrite":
        return {"pk": own_lesson(cast).pk}
    return {"pk": school_pack(cast, is_taken=page != "pack_take").pk}


def matrix_objects(cast: Cast, name: str) -> dict[str, object]:
    """Arguments of one address of the access matrix, with the row behind it."""
    space, _, page = name.partition(":")
    if space not in ("learning", "family_learning"):
        return {}
    if page == "let_out":
        return {"pk": load()["praise"].pk}
    if page in OF_PACKS:
        return _of_packs(cast, page)
    if page in OF_A_PLAN:
        term(cast)
        row = planned(cast)
        if page == "reopen":
            curriculum.record_held(
                planned=row, on=row.week_on, by=cast.users["teacher"], at=clock.now()
            )
        return {"pk": row.pk, "class_id": row.school_class_id, "week": row.week_on.isoformat()}
    if page in ("certificate", "training_remove"):
        return {"pk": training(cast).pk}
    if page in ("teacher_sheet", "handout"):
        return {"pk": class_lesson(cast).pk}
    row = sent(cast)
    if page in ("voice", "link_voice", "remove_voice"):
        recorded(cast, row.lesson)
    return {"pk": row.lesson_id, "token": token_of(row), "language": "zh-hans"}
