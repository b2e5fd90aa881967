"""Meetings of the main demo school, and its register of experts.

A parents' meeting of the home class in a few days has some answers; there are a talk by an expert, and a past
carers' meeting with minutes and a photo.
"""

from datetime import datetime, time, timedelta
from io import BytesIO
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from delivery.models import OutboxMessage
from demo.scene import Scene
from meetings import actions
from meetings.actions import Plan
from meetings.experts import actions as experts
from meetings.models import Expert, Meeting, MeetingInvitation
from meetings.photos import actions as photos
from schools.roles import Role
from students.queries import current_enrolments

Reply = MeetingInvitation.Reply
# Shares of the invited adults, made up: of ten, four come, two join by phone or video, one cannot come.
SAID = [Reply.COMING] * 4 + [Reply.REMOTE] * 2 + [Reply.CANNOT] + [""] * 3
WISHES = ("孩子写作业慢，怎么陪他？", "想听听他在学校和谁玩得好。", "寒假作业多不多？")
CAME = 0.7


def tell(scene: Scene) -> None:
    teacher = scene.teachers[scene.home_class.pk]
    coming = _make(
        scene,
        teacher,
        key=1,
        at=scene.at - timedelta(days=2),
        starts_at=_day_at(scene, 6, 15),
        kind=Meeting.Kind.PARENTS,
        families=20,
        title="期中家长会（第一场）",
        words="说说这半学期的学习和生活，也听听您的想法。带上孩子的作业本就行。",
        place="三楼，本班教室",
        remote="腾讯会议 365 882 107",
    )
    _answer(scene, coming, "meeting")
    talk = _make(
        scene,
        scene.colleagues[Role.COUNSELLOR],
        key=3,
        at=scene.at - timedelta(days=1),
        starts_at=_day_at(scene, 12, 14),
        kind=Meeting.Kind.TALK,
        families=8,
        title="讲座：孩子睡得好",
        words="医生讲讲睡觉的事，讲完可以单独问。",
        place="多功能教室",
        remote="",
        expert=_experts(scene),
    )
    _answer(scene, talk, "meeting-talk")
    _over(scene)


def _over(scene: Scene) -> None:
    """Write a past meeting with minutes and a photo."""
    over = _make(
        scene,
        scene.colleagues[Role.COUNSELLOR],
        key=2,
        at=scene.at - timedelta(days=40),
        starts_at=_day_at(scene, -30, 14),
        kind=Meeting.Kind.CARERS,
        families=12,
        title="照看人座谈：孩子不说话的时候",
        words="一起听一课，喝杯茶，说说家里的事。",
        place="图书室",
        remote="",
    )
    _answer(scene, over, "meeting-over")
    lots = scene.lots("meeting-came")
    for row in over.invitations.filter(reply=Reply.COMING):
        if lots.random() < CAME:
            row.came_at = over.starts_at
            row.save(update_fields=["came_at"])
    actions.write_minutes(
        meeting=over,
        words="来的人都说：孩子不说话时，陪着坐一会儿比追着问好。下次说说手机。",
        is_shown=True,
        by=over.author,
    )
    photos.add(
        meeting=over,
        file=_at_the_table(),
        key=UUID(int=scene.school.pk << 8 | 9),
        by=over.author,
        at=over.ends_at,
    )


def _experts(scene: Scene) -> Expert:
    """Return an expert whose record was checked this year and who speaks soon; another is due for a check."""
    by = scene.colleagues[Role.PRINCIPAL]
    said = (
        ("赵明远", "儿科医生", "县人民医院", "13893524401", 60),
        ("孙淑琴", "家庭教育指导师", "县妇联", "13893524402", 380),
    )
    rows = [
        experts.note(
            school=scene.school,
            name=name,
            field=field,
            place=place,
            reach=reach,
            checked_on=scene.on - timedelta(days=days_ago),
            by=by,
            at=scene.at - timedelta(days=days_ago),
        )
        for name, field, place, reach, days_ago in said
    ]
    return rows[0]


def _at_the_table() -> ContentFile:
    """Draw four grown-ups having tea at a table: nobody real is in it, and no child."""
    sheet = Image.new("RGB", (640, 440), "#f3ead6")
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((0, 330, 640, 440), fill="#cbb089")
    pen.rectangle((70, 50, 240, 170), fill="#cfe6f2", outline="#9a7b57", width=6)
    people = ((110, "#2f6f73", "#5a5a5a"), (240, "#7a5ea8", "#2d2320"), (370, "#b4492f", "#8a8a8a"))
    for x, coat, hair in (*people, (490, "#3f6b45", "#2d2320")):
        pen.rounded_rectangle((x - 30, 220, x + 60, 340), 26, fill=coat)
        pen.ellipse((x - 15, 150, x + 45, 215), fill="#f0c9a0")
        pen.chord((x - 18, 145, x + 48, 212), 180, 360, fill=hair)
    pen.rounded_rectangle((50, 300, 590, 360), 18, fill="#9a6b43")
    for x in (130, 280, 430):
        pen.rectangle((x, 272, x + 26, 302), fill="#fbf6ea", outline="#6b7fb3", width=3)
    out = BytesIO()
    sheet.save(out, "JPEG", quality=85)
    return ContentFile(out.getvalue(), name="meeting.jpg")


def _day_at(scene: Scene, days: int, hour: int) -> datetime:
    zone = ZoneInfo(scene.school.time_zone)
    return datetime.combine(scene.on + timedelta(days=days), time(hour), zone)


def _make(
    scene: Scene, by, *, key: int, at: datetime, starts_at: datetime, families: int, **fields
) -> Meeting:
    """Make a meeting for some families of the home class.

    Its messages were sent when it was made; none may be sent today.
    """
    held = current_enrolments(scene.on).filter(school_class=scene.home_class).order_by("student_id")
    plan = Plan(
        key=UUID(int=scene.school.pk << 8 | key),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=90),
        slot_minutes=None,
        scope=Meeting.Scope.CHILDREN,
        picked=list(held.values_list("student_id", flat=True)[:families]),
        **fields,
    )
    meeting = actions.invite(school=scene.school, plan=plan, by=by, at=at)
    keys = meeting.invitations.values_list("pk", flat=True)
    OutboxMessage.objects.filter(payload__about="meeting", about_id__in=list(keys)).update(
        state=OutboxMessage.State.ACCEPTED, sending_at=at, finished_at=at
    )
    return meeting


def _answer(scene: Scene, meeting: Meeting, room: str) -> None:
    lots, wishes = scene.lots(room), iter(WISHES)
    rows = list(meeting.invitations.order_by("pk"))
    for row in rows:
        reply = lots.choice(SAID)
        if not reply or (reply == Reply.REMOTE and not meeting.remote):
            continue
        at = meeting.made_at + timedelta(minutes=lots.randint(9, 1500))
        row.reply, row.replied_at = reply, min(at, scene.at)
        if reply != Reply.CANNOT and lots.random() < 0.4:
            row.wish = next(wishes, "")
    MeetingInvitation.objects.bulk_update(rows, ["reply", "replied_at", "wish"])
