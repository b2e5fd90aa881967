"""The home class's page about last week, with a drawn picture: nobody real is in it."""

from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO
from uuid import UUID, uuid5

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from classroom.models import ClassWeek
from classroom.pictures.actions import add_picture
from classroom.weeks import actions
from core.weeks import monday_of
from demo.scene import Scene
from privacy.actions import record_consent
from privacy.models import Consent, Purpose
from privacy.policies import deciders
from students.models import Student
from uploads.remaking import remake_photo

KEYS = UUID("c0b52d4e-3c0f-4a55-8f4e-0a7f6f0f6a27")  # for its single-use keys
WORDS = (
    "这一周学会了双人跳绳，人人都跳过了十下。\n"
    "周三在操场边种了蒜苗，每天轮流浇水。\n"
    "下周二有班会，题目是“我想说的一句话”。"
)


def write(scene: Scene, seen: Sequence[Student]) -> None:
    """Write the page. `seen`: children in the picture, whose parents have signed on paper."""
    teacher = scene.teachers[scene.home_class.pk]
    for child in seen:
        signs = deciders(scene.on).filter(student=child).order_by("pk").first()
        if signs is None:
            return
        record_consent(
            adult=signs.adult,
            student=child,
            purpose=Purpose.CLASS_PHOTO,
            decision="given",
            via=Consent.Via.PAPER,
            key=uuid5(KEYS, f"consent-{child.name}"),
            at=scene.at - timedelta(days=20),
            by=teacher,
        )
    at = scene.at - timedelta(days=2)
    week = actions.start_week(
        school_class=scene.home_class,
        week_on=monday_of(scene.on) - timedelta(days=7),
        by=teacher,
        at=at,
    )
    actions.write_week(week=week, words=WORDS, by=teacher, at=at)
    add_picture(
        to=week, pictured=seen, file=_skipping(), key=uuid5(KEYS, "picture"), by=teacher, at=at
    )
    # Sent in the past, so that demo families get no message about it.
    ClassWeek.objects.filter(pk=week.pk).update(sent_at=at)


def _skipping() -> ContentFile:
    """Draw three children with a skipping rope in front of a school, in picture-book colours."""
    sheet = Image.new("RGB", (640, 440), "#cfe6f2")
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((0, 300, 640, 440), fill="#e3cfa2")
    pen.rectangle((60, 130, 580, 300), fill="#f4ead7", outline="#9a7b57", width=4)
    pen.polygon([(40, 130), (320, 60), (600, 130)], fill="#b4492f")
    for x in (110, 220, 380, 490):
        pen.rectangle((x, 180, x + 50, 240), fill="#8fb8de", outline="#9a7b57", width=3)
    pen.arc((140, 210, 500, 480), 180, 360, fill="#6b4a3a", width=5)
    for x, lift, coat in ((130, 0, "#2f6f73"), (305, 26, "#d98a2b"), (480, 0, "#7a5ea8")):
        pen.line((x + 8, 385 - lift, x + 4, 425 - lift), fill="#4a3b32", width=8)
        pen.line((x + 24, 385 - lift, x + 30, 425 - lift), fill="#4a3b32", width=8)
        pen.rounded_rectangle((x - 4, 325 - lift, x + 36, 390 - lift), 12, fill=coat)
        pen.ellipse((x - 4, 280 - lift, x + 36, 322 - lift), fill="#f0c9a0")
        pen.chord((x - 6, 276 - lift, x + 38, 322 - lift), 180, 360, fill="#2d2320")
    out = BytesIO()
    sheet.save(out, "JPEG", quality=85)
    made = ContentFile(out.getvalue(), name="week.jpg")
    made.remade = remake_photo(made, is_small=True)  # type: ignore[attr-defined]
    return made
