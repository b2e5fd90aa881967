"""A pack of two lessons: one for everybody, one for parents away with a child of primary school age."""

from datetime import datetime

from core import clock
from delivery import links as sealed
from learning import actions, pack
from learning.models import Lesson, LessonSent
from tests.factories.cast import Cast

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
    for name, data in changed.items():
        path = name.replace("__", "/").replace("zh_hans", "zh-hans")
        stem, _, ending = path.rpartition("_")
        found.pop(f"{stem}.{ending}", None)
        if data is not None:
            found[f"{stem}.{ending}"] = data
    return found


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


def matrix_objects(cast: Cast, name: str) -> dict[str, object]:
    """Arguments of one address of the access matrix, with the row behind it."""
    space, _, page = name.partition(":")
    if space not in ("learning", "family_learning"):
        return {}
    if page == "let_out":
        return {"pk": load()["praise"].pk}
    row = sent(cast)
    return {"pk": row.lesson_id, "token": token_of(row)}
