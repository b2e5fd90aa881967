"""The school's recent notes, plans and promises around the story's families."""

from datetime import datetime, time, timedelta
from io import BytesIO
from uuid import UUID, uuid5

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from calls import actions as calls
from classroom import actions as classroom
from classroom.models import AttendanceMark
from demo import class_week
from demo.scene import Scene
from demo.story_families import story_families
from guardians.models import Adult
from schools.models import School
from students.models import Student
from visits import actions as visits
from visits.actions.visits import Agreed
from visits.models import Outcome, Visit

KEYS = UUID("6a1e0c5a-6f0e-4c55-9d29-3a5f3d1f6b10")  # for the story's single-use keys
Cast = dict[str, Student]


def cast_of(school: School) -> Cast:
    """Return the story's children by name, as far as this demo is large enough to have them."""
    names = [child.name for family in story_families() for child in family.children]
    rows = Student.objects.filter(school=school, name__in=names).select_related("school")
    return {row.name: row for row in rows.order_by("-pk")}


def key(what: str) -> UUID:
    return uuid5(KEYS, what)


def adult_of(student: Student, relation: str) -> Adult:
    return Adult.objects.get(guardianships__student=student, guardianships__relation=relation)


def tell(scene: Scene, cast: Cast) -> None:
    teacher = scene.teachers[scene.home_class.pk]
    if "徐梦瑶" in cast:
        _the_rope(scene, cast["徐梦瑶"])
        _the_visit_in_autumn(scene, cast["徐梦瑶"])
    if "赵明轩" in cast:
        _the_village_is_asked(scene, cast["赵明轩"])
    if "丁海涛" in cast:
        # The class teacher's own visits this afternoon: to him, and to classmates in his village.
        there = Visit.objects.filter(
            student__enrolments__school_class=scene.home_class,
            student__village=cast["丁海涛"].village,
            recorded_at=None,
            called_off_at=None,
            planned_on=None,
        ).order_by("pk")[:3]
        visits.plan_visits(visits=there, on=scene.on, by=teacher, goes=teacher, by_village=False)
    if "何静" in cast:
        _a_drawing(scene, cast["何静"])
    seen = [cast[name] for name in ("徐梦瑶", "何静") if name in cast]
    if seen:
        class_week.write(scene, seen)
    if "赵小龙" in cast and scene.is_today_open:
        # Absent this morning, and nobody knows why yet.
        AttendanceMark.objects.get_or_create(
            student=cast["赵小龙"],
            marked_on=scene.on,
            defaults={
                "school": scene.school,
                "kind": AttendanceMark.Kind.ABSENT,
                "written_by": teacher,
                "written_at": scene.moment(scene.on, 8, 35),
            },
        )


def _the_rope(scene: Scene, child: Student) -> None:
    """Write what the teacher saw yesterday and has not told the family yet.

    Earlier good news reached them.
    """
    teacher = scene.teachers[scene.home_class.pk]
    yesterday = scene.days[-1] if scene.days else scene.on
    classroom.observe(
        student=child,
        key=key("rope"),
        happened_at=scene.moment(yesterday, 10, 5),
        by=teacher,
        at=scene.moment(yesterday, 10, 6),
        words="课间把跳绳借给新来的同学，还教她怎么跳。",
        place="操场",
        strengths=["helps", "patient"],
        deeds=["praised"],
        tell_family=False,
    )
    letter = classroom.draft_letter(
        student=child,
        by=teacher,
        at=scene.at - timedelta(days=4),
        good_news="她教会了同桌竖式除法，还当了一天值日组长。",
        body="长高了，没生病，午饭吃得香。",
        mood="多数时候爱笑。午睡时有点想您，我陪她坐了坐。",
        learning="数学跟得上。语文作业两次没写完，放学后我陪她补齐了。",
        you_can_do="问问她种的蒜苗长多高了。她天天浇水，一直想告诉您。",
    )
    seen = classroom.as_written(letter)
    classroom.send_letter(letter=letter, by=teacher, seen=seen, at=scene.at - timedelta(days=4))
    _asked_of(scene, child)


def _asked_of(scene: Scene, child: Student) -> None:
    teacher = scene.teachers[scene.home_class.pk]
    classroom.ask_family(
        student=child,
        adult=adult_of(child, "mother"),
        words="请把梦瑶明年转学要用的居住证拍给学校看看。",
        due_on=scene.on + timedelta(days=6),
        key=key("permit"),
        by=teacher,
        at=scene.at - timedelta(days=2),
    )
    refused, _ = classroom.ask_family(
        student=child,
        adult=adult_of(child, "paternal_grandmother"),
        words="请到学校来开一次照护人会。",
        due_on=scene.on + timedelta(days=2),
        key=key("meeting"),
        by=teacher,
        at=scene.at - timedelta(days=3),
    )
    classroom.answer_request(
        request=refused,
        answer="cannot",
        words="腿疼，走不了山路。",
        at=scene.at - timedelta(days=1),
    )
    classroom.assign_help(
        student=child,
        key=key("help"),
        by=teacher,
        at=scene.at - timedelta(days=20),
        staff=teacher,
        weekdays=[1, 3],
        starts_at=time(16, 40),
        starts_on=scene.on - timedelta(days=20),
        words="语文作业写完再走",
    )


def _the_visit_in_autumn(scene: Scene, child: Student) -> None:
    row = Visit.objects.filter(student=child, recorded_at=None, called_off_at=None).first()
    on = scene.day_within(scene.lots("story"), 24, 24)
    if row is None or row.duty is None or on < row.duty.starts_on:
        return
    teacher = scene.teachers[scene.home_class.pk]
    visits.record_visit(
        visit=row,
        by=teacher,
        at=scene.moment(on, 18, 20),
        visited_on=on,
        outcome=Outcome.MET_CARER,
        key=key("visit"),
        met=[adult_of(child, "paternal_grandmother")],
        facts=["adult_there", "child_there", "food", "own_bed", "desk", "phone"],
        words="奶奶膝盖疼，上下学由邻居家姐姐带。说好：冬天早上晚到十分钟不算迟到。",
        agreed=[
            Agreed("school", "冬天早上晚到十分钟不记迟到", on + timedelta(days=1)),
            Agreed("parents", "周六晚上固定视频"),
        ],
    )
    for agreement in row.agreements.filter(who="school"):
        visits.keep_agreement(agreement=agreement, by=teacher, at=scene.moment(on, 19))
    # The village worker looks after the stove in winter.
    asked = visits.ask_visit(
        student=child,
        kind=Visit.Kind.HOME,
        reason="天冷了，看看炉子和烟囱通不通",
        due_on=scene.on + timedelta(days=5),
        by=teacher,
    )
    _send_village(scene, [asked], scene.on + timedelta(days=2))


def _the_village_is_asked(scene: Scene, child: Student) -> None:
    """Plan two visits.

    Nobody answers the phone, so the village worker goes there; the teacher makes the term's visit.
    """
    teacher = scene.teachers[scene.home_class.pk]
    owed = Visit.objects.filter(student=child, recorded_at=None, called_off_at=None)
    visits.plan_visits(
        visits=owed, on=scene.on + timedelta(days=6), by=teacher, goes=teacher, by_village=False
    )
    asked = visits.ask_visit(
        student=child,
        kind=Visit.Kind.HOME,
        reason="电话都打不通，请去看看爷爷和明轩怎么样",
        due_on=scene.on + timedelta(days=1),
        by=teacher,
    )
    _send_village(scene, [asked], scene.on + timedelta(days=1))


def _send_village(scene: Scene, rows: list[Visit], on) -> None:
    teacher = scene.teachers[scene.home_class.pk]
    visits.plan_visits(visits=rows, on=on, by=teacher, goes=None, by_village=True)


def _a_drawing(scene: Scene, child: Student) -> None:
    """Add a photo of what she painted; the family's consent is on record. No call time suits the mother."""
    at: datetime = scene.at - timedelta(days=3)
    classroom.observe(
        student=child,
        key=key("drawing"),
        happened_at=at,
        by=scene.teachers[scene.home_class.pk],
        at=at,
        words="美术课画了“妈妈回家的桥”，贴在走廊里。",
        place="美术课",
        strengths=["has_ideas"],
        deeds=["praised"],
        tell_family=True,
        photo=_drawing(),
    )
    calls.tell_none_fits(
        student=child,
        adult=adult_of(child, "mother"),
        words="这周白班晚班倒着上，周日上午十点以后行吗？",
        key=key("wish"),
        at=scene.yesterday_at(20, 15),
    )


def _drawing() -> ContentFile:
    """Draw a bridge between two houses, in a child's crayons."""
    sheet = Image.new("RGB", (900, 640), "#fbf6ea")
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((0, 470, 900, 640), fill="#9cc5a1")
    pen.rectangle((150, 500, 750, 560), fill="#8fb8de")
    pen.ellipse((700, 50, 800, 150), fill="#f2b134")
    pen.arc((140, 250, 760, 720), 180, 360, fill="#b4492f", width=22)
    for x, roof in ((40, "#b4492f"), (740, "#6b7fb3")):
        pen.rectangle((x, 370, x + 120, 480), fill="#f7dcb9", outline="#6b4a3a", width=5)
        pen.polygon([(x - 15, 370), (x + 60, 300), (x + 135, 370)], fill=roof)
        pen.rectangle((x + 45, 415, x + 75, 480), fill="#6b4a3a")
    for x in (380, 470):
        pen.ellipse((x, 190, x + 34, 224), fill="#6b4a3a")
        pen.line((x + 17, 224, x + 17, 262), fill="#6b4a3a", width=7)
    pen.line((397, 240, 487, 240), fill="#6b4a3a", width=6)
    out = BytesIO()
    sheet.save(out, "JPEG", quality=85)
    return ContentFile(out.getvalue(), name="drawing.jpg")
