"""The counsellor's cases in the demo school: one with an appointment today, and one that is closed.

Written through the product's own actions, so that the notes are encrypted as usual.
"""

from datetime import datetime, time, timedelta
from io import BytesIO
from uuid import uuid5
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from accounts.models import User
from counselling.attachments import actions as attachments
from counselling.cases import actions
from counselling.models import Case, Note
from demo import story_letters, story_plans
from demo.scene import Scene
from demo.story_school import KEYS, Cast
from safeguarding import actions as concerns
from safeguarding.models import Concern
from schools.roles import Role
from students.models import Student
from uploads.remaking import remake_photo

ASSESSMENT = (
    "孩子的长处：跑得快，体育课上同学都愿意和他一组；会照顾弟弟。\n\n"
    "压着他的事：九月爸爸去了新疆以后，常一个人坐着；夜里醒，上课没精神。\n\n"
    "他自己盼着：周末能和爸爸说上话，不用抢手机。"
)
GOALS = (
    "好起来时，我们会看到：\n1. 一周里有四天按时交作业\n2. 课间和同学一起跑步\n3. 每个周末和爸爸说一次话\n\n"
    "学校：体育老师请他当领跑。家里：周六晚上七点，爷爷把手机给他。"
)
FIRST_TALK = "他说夜里醒来就想爸爸现在几点。我们一起画了一张新疆的地图，算了时差。约好下周再来。"
SECOND_TALK = "这周交了三天作业，自己说的，有点得意。周六和爸爸说了二十分钟。还是怕别人说他没人管。"
SUMMARY = (
    "从总说肚子疼、不想来学校开始。谈了五次，和奶奶、班主任各谈了一次。现在天天来，早上和同学一起走。"
    "以后：班主任每周看一眼，妈妈每周日打电话。"
)


def tell(scene: Scene, cast: Cast) -> None:
    """Write the cases, unless the server has no keys for notes."""
    if not settings.NOTE_KEYS:
        return
    if "赵小龙" in cast:
        story_letters.tell(scene, _under_way(scene, cast["赵小龙"]), cast)
    if "丁海涛" in cast:
        begun = scene.moment(scene.on - timedelta(days=75), 10, 20)
        case = _opened(scene, cast["丁海涛"], "早上总说肚子疼，九月缺了四天课。", begun)
        words = "先不谈上学，谈他修好的收音机。肚子疼都在星期一早上。"
        _talk(case, words, begun + timedelta(days=3))
        closed_at = begun + timedelta(days=50)
        _write(case, Note.Kind.SUMMARY, SUMMARY, closed_at)
        actions.move(case=case, by=case.owner, to="closed", outcome="reached", at=closed_at)


def _under_way(scene: Scene, student: Student) -> Case:
    begun = scene.moment(scene.on - timedelta(days=23), 10, 20)
    case = _opened(scene, student, "连着几天没交作业，问他只摇头，课间一个人坐着。", begun)
    by = case.owner
    _write(case, Note.Kind.ASSESSMENT, ASSESSMENT, begun + timedelta(days=2))
    actions.move(case=case, by=by, to="assessed", at=begun + timedelta(days=2))
    _write(case, Note.Kind.GOALS, GOALS, begun + timedelta(days=3))
    review_on = (scene.at + timedelta(days=9)).date()
    planned_at = begun + timedelta(days=3)
    actions.move(case=case, by=by, to="planned", at=planned_at, review_on=review_on)
    _talk(case, FIRST_TALK, begun + timedelta(days=7))
    actions.move(case=case, by=by, to="in_progress", at=begun + timedelta(days=7))
    _talk(case, SECOND_TALK, begun + timedelta(days=16))
    today = datetime.combine(scene.on, time(15, 10), ZoneInfo(scene.school.time_zone))
    key = uuid5(KEYS, f"case-today-{case.pk}")
    actions.plan_session(case=case, by=by, starts_at=today, at=scene.at, key=key)
    actions.add_task(
        case=case,
        by=by,
        words="问体育老师：领跑的事怎么样了",
        due_on=(scene.at + timedelta(days=2)).date(),
        at=scene.at - timedelta(days=1),
        key=uuid5(KEYS, f"case-task-{case.pk}"),
    )
    actions.tell_teachers(case=case, by=by, may_know=True, at=begun + timedelta(days=3))
    attachments.add(
        case=case,
        by=by,
        name="他画的新疆地图",
        remade=remake_photo(_map()),
        at=begun + timedelta(days=7, hours=1),
        key=uuid5(KEYS, f"case-file-{case.pk}"),
    )
    story_plans.tell(scene, case)
    return case


def _map() -> ContentFile:
    """Draw a map in two crayons, from home in the east to where the father works."""
    sheet = Image.new("RGB", (900, 620), "#fbf6ea")
    pen = ImageDraw.Draw(sheet)
    pen.polygon(
        [(90, 180), (330, 90), (520, 170), (470, 420), (210, 470)], outline="#6b7fb3", width=8
    )
    for step in range(9):
        x = 300 + step * 56
        pen.line((x, 270 + step * 22, x + 34, 283 + step * 22), fill="#b4492f", width=7)
    pen.ellipse((262, 240, 298, 276), fill="#f2b134")
    pen.polygon([(800, 440), (840, 400), (880, 440)], fill="#b4492f")
    pen.rectangle((812, 440, 868, 490), fill="#f7dcb9", outline="#6b4a3a", width=5)
    out = BytesIO()
    sheet.save(out, "JPEG", quality=85)
    return ContentFile(out.getvalue(), name="map.jpg")


def _opened(scene: Scene, student: Student, words: str, at: datetime) -> Case:
    counsellor: User = scene.colleagues[Role.COUNSELLOR]
    concern = concerns.raise_worry(
        student=student,
        by=scene.teachers[scene.home_class.pk],
        words=words,
        is_urgent=False,
        at=at,
        key=f"demo-case-{student.pk}",
    )
    concerns.acknowledge(concern=concern, by=counsellor, at=at + timedelta(minutes=20))
    case = actions.open_case(concern=concern, by=counsellor, at=at + timedelta(hours=1))
    concerns.close(
        concern=concern,
        by=counsellor,
        closing=Concern.Closing.WITH_CHILD,
        words="见过孩子了，我接着陪他。",
        at=at + timedelta(hours=5),
    )
    return case


def _talk(case: Case, words: str, at: datetime) -> None:
    key = uuid5(KEYS, f"case-session-{case.pk}-{at}")
    session = actions.plan_session(case=case, by=case.owner, starts_at=at, at=at, key=key)
    _write(case, Note.Kind.SESSION, words, at + timedelta(hours=1), session=session)


def _write(case: Case, kind: Note.Kind, words: str, at: datetime, session=None) -> None:
    key = uuid5(KEYS, f"case-note-{case.pk}-{kind}-{at}")
    actions.write_note(
        case=case, by=case.owner, kind=kind, words=words, at=at, key=key, session=session
    )
