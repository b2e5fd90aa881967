"""The week of a class with a picture, from the teacher's phone to a mother's, and gone after one no."""

import io
import re

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image, ImageDraw

from classroom.models import ClassWeek, Picture
from delivery.models import OutboxMessage
from tests.factories.accounts import say
from tests.factories.cast import make_adult, make_guardianship, make_student
from tests.factories.classroom import make_note
from tests.factories.leave import let_in
from tests.factories.school_life import add_picture, agree
from tests.journeys.conftest import DESK, PHONE, axe_violations, look, scroll_width, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def cast(cast):
    """A classmate whose mother has agreed too, and one whose family has not said a word."""
    for name, mother, phone in (
        ("何静", "何兰", "+8613893520001"),
        ("高强强", "高梅", "+8613893520002"),
    ):
        child = cast.students[name] = make_student(cast.school_class, name)
        adult = cast.adults[mother] = make_adult(cast.school, mother, phone)
        make_guardianship(child, adult, "mother")
    agree(cast)
    agree(cast, "何静", adult="何兰")
    return cast


def drawn() -> bytes:
    """Two children and a rope, drawn."""
    sheet = Image.new("RGB", (1200, 800), "#cfe6f2")
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((0, 520, 1200, 800), fill="#e3cfa2")
    for x, coat in ((300, "#2f6f73"), (800, "#d98a2b")):
        pen.rounded_rectangle((x, 480, x + 90, 640), 30, fill=coat)
        pen.ellipse((x, 380, x + 90, 476), fill="#f0c9a0")
    pen.arc((340, 400, 850, 760), 0, 180, fill="#6b4a3a", width=8)
    out = io.BytesIO()
    sheet.save(out, "JPEG")
    return out.getvalue()


def signed_in_phone(cast, open_browser, live_server, key="mother"):
    let_in(cast, key)
    page, client = open_browser(PHONE), Client()
    client.force_login(cast.users[key], BACKEND)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    page.context.add_cookies([cookie | {"url": live_server.url}])
    return page


def test_a_week_from_the_teachers_phone_to_the_mothers(cast, open_browser, live_server):
    page = open_browser(PHONE)
    sign_in(page, "teacher")
    page.goto("/children/")
    page.locator(".head-more summary").click()
    page.get_by_role("link", name="班里这一周").click()
    look(page, "week-none")
    page.get_by_role("button", name="写这一周的").click()
    page.fill("[name=words]", "这周我们学了双人跳绳。\n周三种了蒜苗，每天轮流浇水。")
    look(page, "week-draft")
    page.get_by_role("button", name="加一张照片").click()
    assert page.locator("label", has_text="高强强").locator("input").first.is_disabled()
    look(page, "week-picture-add")
    assert scroll_width(page) <= PHONE["width"]
    assert axe_violations(page) == []
    picture = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": drawn()}
    page.set_input_files("[name=photo]", picture)
    page.get_by_role("button", name="加上", exact=True).click()
    page.get_by_text("请点出照片里的每个孩子").wait_for()
    look(page, "week-picture-nobody")
    assert page.locator("[name=photo]").evaluate("field => field.files[0].name") == "IMG_1.jpg"
    page.get_by_text("别的孩子的照片").first.click()
    look(page, "week-picture-other-children")
    page.get_by_text("别的孩子的照片").first.click()
    for name in ("徐梦瑶", "何静"):
        page.locator("label.chip", has_text=name).first.click()
    page.get_by_role("button", name="加上", exact=True).click()
    page.get_by_role("button", name="先看一看").wait_for()
    page.get_by_text("照片里有").wait_for()
    look(page, "week-with-picture")
    page.get_by_role("button", name="先看一看").click()
    page.get_by_role("button", name="发给家里人").wait_for()
    look(page, "week-preview")
    assert scroll_width(page) <= PHONE["width"]
    assert axe_violations(page) == []
    page.get_by_role("button", name="发给家里人").click()
    page.get_by_text("登录了才看得到照片").first.wait_for()
    look(page, "week-sent")

    path = OutboxMessage.objects.get(adult=cast.adults["mother"]).payload["path"]
    stranger = open_browser(PHONE, script=False)
    stranger.goto(path)
    assert "双人跳绳" in stranger.inner_text("main")
    assert stranger.locator("main img").count() == 0
    look(stranger, "family-week-link")
    stranger.get_by_role("button", name="谢谢老师").click()
    stranger.get_by_text("老师看得到您的谢谢").wait_for()

    mother = signed_in_phone(cast, open_browser, live_server)
    mother.goto(reverse("family:child", args=[cast.students["mengyao"].pk]))
    look(mother, "family-child")
    mother.get_by_role("link", name=re.compile("班里这一周")).click()
    shown = mother.locator("img.shot")
    shown.scroll_into_view_if_needed()
    shown.evaluate("image => image.decode()")  # fails where it did not come
    look(mother, "family-week")
    assert scroll_width(mother) <= PHONE["width"]
    assert axe_violations(mother) == []

    desk = open_browser(DESK)
    sign_in(desk, "teacher")
    week = ClassWeek.objects.get()
    desk.goto(reverse("classroom:week", args=[week.pk]))
    assert "王芳" in desk.inner_text("main")
    look(desk, "week-sent-desk")
    assert axe_violations(desk) == []

    address = reverse("family_classroom:picture", args=[Picture.objects.get().pk])
    assert mother.request.get(f"{live_server.url}{address}").status == 200
    say(cast, "class_photo", "refused", adult="何兰", child="何静")
    assert mother.request.get(f"{live_server.url}{address}").status == 404
    mother.reload()
    assert mother.locator("img.shot").count() == 0
    assert all("422" in one for one in page.problems)  # where nobody was named
    assert mother.problems == desk.problems == []


def test_good_news_by_its_link_and_its_picture_signed_in(cast, open_browser, live_server):
    agree(cast, purpose="photo")
    note = make_note(cast, tell_family=True)
    desk = open_browser(DESK)
    sign_in(desk, "teacher")
    desk.goto(reverse("classroom:note", args=[note.pk]))
    look(desk, "note-for-the-family")
    desk.get_by_role("link", name="加一张给家里看的照片").click()
    look(desk, "note-picture-add")
    add_picture(cast, note)
    desk.goto(reverse("classroom:note", args=[note.pk]))
    look(desk, "note-with-picture")
    path = OutboxMessage.objects.get(adult=cast.adults["mother"]).payload["path"]
    page = open_browser(PHONE, script=False)
    page.goto(path)
    look(page, "family-news-link")
    assert page.locator("main img").count() == 0
    assert axe_violations(open_at(open_browser, path)) == []
    mother = signed_in_phone(cast, open_browser, live_server)
    mother.goto(reverse("family:child", args=[cast.students["mengyao"].pk]))
    mother.get_by_role("link", name="学校里的照片").click()
    mother.locator("img.shot").wait_for()
    look(mother, "family-pictures")
    assert mother.problems == []


def open_at(open_browser, path):
    page = open_browser(PHONE)
    page.goto(path)
    return page
