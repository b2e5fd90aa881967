"""A parent meeting: invited by the class teacher, answered without script, there by phone, code and list."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
import zxingcpp
from PIL import ImageFilter

from core import clock
from delivery.models import DemoPhoneMessage
from meetings import actions, links
from meetings.models import Meeting, MeetingInvitation
from schools.models import School
from tests.factories import meetings
from tests.factories.cast import Cast, make_adult, make_guardianship, make_student, make_user
from tests.journeys.conftest import (
    DESK,
    PHONE,
    axe_violations,
    enter,
    look,
    scroll_width,
    sign_in,
    wait_until,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHINA = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def cast(cast) -> Cast:
    """A third family has no number that works, and signs in."""
    School.objects.filter(pk=cast.school.pk).update(is_demo=True)
    aunt = make_adult(cast.school, "何兰")
    aunt.user = cast.users["aunt"] = make_user("family-aunt", aunt.name)
    aunt.save(update_fields=["user"])
    make_guardianship(make_student(cast.school_class, "何静"), aunt, "mother")
    return cast


def text_to(name: str) -> str:
    row = wait_until(lambda: DemoPhoneMessage.objects.filter(adult__name=name).first(), 120)
    assert "家长会" not in row.text
    return re.search(r"(/f/meetings/l/\S+/)", row.text).group(1)


def code_on(paper: bytes) -> str:
    """What a phone reads that is held a little askew, from where the whole A4 sheet is 800 pixels high."""
    with pypdfium2.PdfDocument(paper) as document:
        page = document[0]
        picture = page.render(scale=800 / page.get_height()).to_pil().convert("L")
    seen = picture.rotate(7, expand=True, fillcolor=255).filter(ImageFilter.GaussianBlur(0.6))
    (code,) = zxingcpp.read_barcodes(seen)
    assert code.format == zxingcpp.BarcodeFormat.QRCode
    return code.text


def test_invited_answered_and_there(cast, open_browser, clock_at, live_server, workers, settings):
    settings.PUBLIC_URL = live_server.url  # which the sheet at the door names
    noon = datetime.combine(datetime.now(CHINA).date() + timedelta(days=1), time(12), CHINA)
    clock_at(noon)
    begins = datetime.combine(noon.date() + timedelta(days=3), time(15), CHINA)

    teacher = open_browser(DESK)
    sign_in(teacher, "teacher")
    teacher.goto("/")
    teacher.click("nav >> text=家长会和活动")
    teacher.click("main >> text=发起邀请")
    teacher.fill("[name=title]", meetings.TITLE)
    teacher.fill("[name=day]", begins.date().isoformat())
    teacher.fill("[name=starts]", "15:00")
    teacher.fill("[name=ends]", "16:30")
    teacher.fill("[name=place]", "三年级2班教室")
    teacher.fill("[name=remote]", "腾讯会议 365 882 107")
    assert teacher.locator("[name=classes]:checked").count() == 1  # the own one
    look(teacher, "meeting-new")
    teacher.click("text=发出邀请")
    assert "没联系上" in teacher.inner_text("main")

    path = text_to("王芳")
    mother = open_browser(PHONE, script=False)
    mother.goto(path)
    assert meetings.TITLE in mother.inner_text("main")
    assert not MeetingInvitation.objects.exclude(reply="").exists()
    mother.click("button[value=remote]")
    assert "您说：用电话或视频参加" in mother.inner_text("main")
    mother.fill("[name=wish]", "他写字慢，怎么办？")
    mother.click("form:has([name=wish]) button")
    grandmother = open_browser(PHONE)
    grandmother.goto(text_to("李秀兰"))
    grandmother.click("button[value=coming]")
    assert "您说：来" in grandmother.inner_text("main")
    assert not grandmother.problems

    teacher.reload()
    said = teacher.inner_text("main")
    assert "1 人来 · 1 人电话或视频 · 1 人还没回复" in said
    assert "他写字慢，怎么办？" in said
    look(teacher, "meeting-answers")

    clock_at(begins + timedelta(minutes=5))
    meeting = Meeting.objects.get()
    mother.goto(path)  # far away, by the link of her invitation
    mother.click("text=我到了")
    assert "您到场了" in mother.inner_text("main")
    sheet = teacher.request.get(f"/meetings/{meeting.pk}/sheet/")
    assert sheet.headers["content-type"] == "application/pdf"
    signed_in = open_browser(PHONE)
    enter(signed_in, cast.users["aunt"])
    address = code_on(sheet.body())
    assert address == f"{live_server.url}{links.door_path(meeting.pk)}"
    signed_in.goto(address)
    look(signed_in, "meeting-door-phone")
    signed_in.click("text=我到了")
    assert "您到场了" in signed_in.inner_text("main")
    teacher.reload()
    teacher.click("text=勾选到场的人")
    look(teacher, "meeting-door")
    assert teacher.locator("[name=came]:checked").count() == 2
    assert "电话或视频" in teacher.inner_text("label:has-text('王芳')")
    teacher.check("label:has-text('李秀兰') [name=came]")
    teacher.click("text=保存名单")
    assert "到场 3 人" in teacher.inner_text("main")
    assert MeetingInvitation.objects.exclude(came_at=None).count() == 3
    assert not teacher.problems


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_sticks_out(cast, open_browser, viewport, language):
    meeting = meetings.make(cast, starts_in=timedelta(days=2))
    row, at = meetings.of(cast, meeting), clock.now()
    actions.answer(invitation=row, reply="coming", wish="他写字慢，怎么办？", at=at)
    talks = meetings.make(cast, starts_in=timedelta(days=4), slot_minutes=15)
    booked = meetings.of(cast, talks, "grandmother")
    actions.book(invitation=booked, slot_at=talks.starts_at, at=at)
    running = meetings.make(cast, at=at - timedelta(hours=1), starts_in=timedelta(minutes=50))
    actions.write_minutes(meeting=running, words="每天读十分钟。", is_shown=True, by=running.author)
    page = open_browser(viewport, language=language)
    sign_in(page, "teacher")
    paths = {
        "list": "/meetings/",
        "new": "/meetings/new/",
        "one": f"/meetings/{meeting.pk}/",
        "talks": f"/meetings/{talks.pk}/",
        "running": f"/meetings/{running.pk}/",
        "move": f"/meetings/{meeting.pk}/move/",
        "door": f"/meetings/{running.pk}/door/",
        "minutes": f"/meetings/{running.pk}/minutes/",
        "family": f"/f/meetings/l/{meetings.token_of(row)}/",
        "family-talks": f"/f/meetings/l/{meetings.token_of(meetings.of(cast, talks))}/",
        "family-now": f"/f/meetings/l/{meetings.token_of(meetings.of(cast, running))}/",
    }
    for name, path in paths.items():
        page.goto(path)
        assert scroll_width(page) <= viewport["width"], path
        assert axe_violations(page) == [], path
        look(page, f"meetings-{name}-{viewport['width']}-{language}")
    own = open_browser(viewport, language=language)
    enter(own, cast.users["mother"])
    for name, path in {"home": "/f/", "list": "/f/meetings/"}.items():
        own.goto(path)
        assert scroll_width(own) <= viewport["width"], path
        assert axe_violations(own) == [], path
        look(own, f"meetings-family-{name}-{viewport['width']}-{language}")
