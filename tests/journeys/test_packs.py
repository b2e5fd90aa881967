"""A school writes a lesson, reads it aloud, prints it, and passes it on; another school takes it."""

import io
from datetime import timedelta

import pypdfium2
import pytest
from PIL import Image

from core import clock
from learning import actions
from learning.models import (
    CountyPack,
    CountyReading,
    Lesson,
    LessonSent,
    LessonVoice,
    SchoolPack,
)
from schools.models import School
from tests.factories import meetings
from tests.factories.cast import Cast, make_post, make_user
from tests.factories.files import wav
from tests.factories.learning import (
    county_pack,
    county_reading,
    own_lesson,
    recorded,
    school_pack,
    sent,
    token_of,
)
from tests.journeys.conftest import (
    DESK,
    PHONE,
    axe_violations,
    look,
    scroll_width,
    sign_in,
    wait_until,
)
from uploads.rules import VOICE_BYTES_PER_10_SECONDS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


ENGLISH = {
    "topic_en": "Our hills",
    "title_en": "On snowy days, walk slowly",
    "read_1_en": "If it is slippery, walk slowly.",
    "read_2_en": "If it snows hard, wait.",
    "read_3_en": "Say so when you are there.",
    "heard_en": "Snow comes fast here.\n\nLook at the sky first.",
    "week_en": "Look at your child's shoes.",
    "picture_en": "Footprints in snow.",
}


@pytest.fixture
def cast(cast) -> Cast:
    actions.load_shipped(at=clock.now())
    return cast


def test_written_printed_exported_and_taken_elsewhere(cast, open_browser, tmp_path):
    page = open_browser(DESK)
    sign_in(page, "counsellor")
    page.goto("/learning/")
    page.click("text=写一课")
    for fold in page.locator("form details.fold > summary").all():
        fold.click()
    for name, words in {
        "topic": "我们山里",
        "title": "下雪天，路上慢一点",
        "read_1": "路滑，就走慢些。",
        "read_2": "雪大，就等一等。",
        "read_3": "到了，说一声。",
        "heard": "山里的雪说下就下。\n\n早上先看天，再出门。",
        "week": "看一看孩子的鞋。",
        "picture": "雪地上的脚印。",
        "sources": "本校安全手册",
    }.items():
        page.fill(f"[name={name}]", words)
    for name, words in ENGLISH.items():
        page.fill(f"[name={name}]", words)
    page.locator("[name=drawing]").first.check()
    page.click("[name=preview]")
    assert "还没有保存" in page.inner_text("#preview")
    assert ENGLISH["title_en"] in page.inner_text("#preview")
    look(page, "packs-preview")
    page.locator("form .btn-primary").last.click()
    page.wait_for_url("**/learning/*/")
    assert "还没有人审读" in page.inner_text("main")
    assert "这一课还没有人录音" in page.inner_text("#voices")
    page.check("[name=has_read]")
    page.click("text=我看过了，可以发")

    poster = page.request.get(page.get_attribute("a[href$='/poster/']", "href"))
    assert poster.headers["content-type"] == "application/pdf"
    with pypdfium2.PdfDocument(poster.body()) as printed:
        assert len(printed) == 1
        said = printed[0].get_textpage().get_text_bounded()
    for words in ("下雪天，路上慢一点", cast.school.name, "12355", "110"):
        assert words in said.replace("\n", "").replace("\r", ""), said
    card = page.request.get(page.get_attribute("a[href$='/card/']", "href"))
    assert Image.open(io.BytesIO(card.body())).size == (1080, 1080)

    page.goto("/learning/packs/")
    with page.expect_download() as saved:
        page.click("a[href$='/zip/']")
    saved.value.save_as(tmp_path / "pack.zip")
    assert not page.problems

    principal = make_user("far_principal", "何芳")
    make_post(principal, "principal", school=cast.other_school)
    far = open_browser(DESK)
    sign_in(far, "far_principal")
    far.goto("/learning/packs/")
    far.set_input_files("[name=archive]", tmp_path / "pack.zip")
    far.click("form:has([name=archive]) button")
    far.click("summary >> text=下雪天，路上慢一点")
    assert "雪大，就等一等。" in far.inner_text("main")
    look(far, "packs-look-at")
    far.click("text=收下这些课")
    assert "收下了1课新的" in far.inner_text("main")
    lesson = Lesson.objects.get(owner=cast.other_school)
    far.goto(f"/learning/{lesson.pk}/")
    assert "还没有人审读" in far.inner_text("main")
    assert not far.problems


def test_recorded_at_the_microphone_and_heard(cast, open_browser):
    """Chromium's own microphone beeps once a second."""
    row = sent(cast, who="grandmother")
    desk = open_browser(DESK)
    sign_in(desk, "counsellor")
    desk.goto(f"/learning/{row.lesson_id}/")
    desk.click("summary >> text=录音或上传")
    desk.click("[data-record]")
    desk.wait_for_selector("[data-record].is-live")
    desk.wait_for_timeout(3000)
    look(desk, "voices-recording")
    desk.click("[data-record]")
    wait_until(lambda: desk.locator("#id_voice").evaluate("field => field.files.length === 1"))
    desk.check("[name=is_same]")
    desk.click("text=存下这段录音")
    assert "录音存好了" in desk.inner_text("body")
    voice = LessonVoice.objects.get()
    assert 2 <= voice.recording.seconds <= 10
    sizes = [len(one.data) for one in voice.recording.contents.all()]
    assert max(sizes) <= VOICE_BYTES_PER_10_SECONDS * max(1, voice.recording.seconds / 10) * 1.1
    assert not desk.problems

    grandmother = open_browser(PHONE)
    grandmother.goto(f"/f/learn/l/{token_of(row)}/")
    assert "陈敏念的" in grandmother.inner_text(".hear")
    grandmother.click(".hear .play")
    wait_until(
        lambda: grandmother.evaluate("document.querySelector('.hear audio').currentTime > 0.2")
    )
    grandmother.click("button[value=no]")
    assert "您说没用" in grandmother.inner_text("main")
    assert not grandmother.problems


WHERE = "document.querySelector('.hear audio').currentTime"


def test_heard_in_a_voice_that_the_family_knows(cast, open_browser, tmp_path):
    row = sent(cast, who="grandmother")
    (tmp_path / "voice.wav").write_bytes(wav(3))
    desk = open_browser(DESK)
    sign_in(desk, "counsellor")
    desk.goto(f"/learning/{row.lesson_id}/")
    desk.click("summary >> text=录音或上传")
    desk.set_input_files("[name=voice]", tmp_path / "voice.wav")
    desk.check("[name=is_same]")
    look(desk, "voices-form")
    desk.click("text=存下这段录音")
    assert "录音存好了" in desk.inner_text("body")
    assert LessonVoice.objects.get().recording.seconds == 3

    grandmother = open_browser(PHONE)
    grandmother.goto(f"/f/learn/l/{token_of(row)}/")
    assert "陈敏念的" in grandmother.inner_text(".hear")
    grandmother.click(".hear .play")
    wait_until(
        lambda: grandmother.evaluate("document.querySelector('.hear audio').currentTime > 0.2")
    )
    look(grandmother, "voices-elder")
    # Broken off, it goes on where it stopped; heard to the end, it begins again.
    grandmother.click(".hear .play")
    stopped = grandmother.evaluate(WHERE)
    grandmother.reload()
    grandmother.click(".hear .play")
    wait_until(lambda: grandmother.evaluate(WHERE) >= stopped > 0.2)
    wait_until(lambda: grandmother.evaluate("document.querySelector('.hear audio').ended"))
    assert grandmother.evaluate("localStorage.length") == 0
    grandmother.click("button[value=yes]")
    assert "您说有用" in grandmother.inner_text("main")
    assert not grandmother.problems


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_sticks_out(cast, open_browser, viewport, language):
    county_pack(cast, "county")
    pack, draft = school_pack(cast), school_pack(cast, "others", is_taken=False)
    lesson, row = own_lesson(cast), sent(cast)
    recorded(cast, row.lesson, language)
    meetings.expert(cast)
    old = meetings.expert(cast, "赵医生", days_ago=400)
    held = meetings.make(cast, expert=old, starts_in=timedelta(minutes=-30))
    meetings.photo_of(cast, held)
    page = open_browser(viewport, language=language)
    sign_in(page, "principal")
    paths = {
        "packs": "/learning/packs/",
        "trainings": "/learning/trainings/",
        "pack": f"/learning/packs/{pack.pk}/",
        "draft": f"/learning/packs/{draft.pk}/",
        "write": f"/learning/own/{lesson.pk}/",
        "voice": f"/learning/{row.lesson_id}/",
        "experts": "/meetings/experts/",
        "meeting": f"/meetings/{held.pk}/",
        "dashboard": "/dashboard/",
        "family": f"/f/learn/l/{token_of(row)}/",
    }
    for name, path in paths.items():
        page.goto(path)
        assert scroll_width(page) <= viewport["width"], path
        assert axe_violations(page) == [], path
        look(page, f"packs-{name}-{viewport['width']}-{language}")
    officer = open_browser(viewport, language=language)
    sign_in(officer, "county")
    assert SchoolPack.objects.exists()
    ours = Lesson.objects.filter(pack="jiaqiao", place__isnull=False).order_by("place")
    county_reading(cast, ours[1])
    county = "/learning/library/"
    paths = {
        "library": county,
        "library-pack": f"{county}{CountyPack.objects.get().pk}/",
        "county-lessons": f"{county}lessons/",
        "county-unread": f"{county}lessons/{ours[0].digest}/",
        "county-read": f"{county}lessons/{ours[1].digest}/",
    }
    for name, path in paths.items():
        officer.goto(path)
        assert scroll_width(officer) <= viewport["width"], path
        assert axe_violations(officer) == [], path
        look(officer, f"packs-{name}-{viewport['width']}-{language}")


def test_read_by_the_county_sent_by_a_school_and_taken_back(cast, open_browser):
    School.objects.filter(pk=cast.school.pk).update(is_demo=True)
    lesson = Lesson.objects.get(pack="jiaqiao", key="praise")
    title = lesson.text("zh-hans")["title"]
    officer = open_browser(DESK)
    sign_in(officer, "county")
    officer.goto("/learning/library/")
    officer.click("text=审读家桥自带的课")
    officer.click("summary:has-text('还没有审读的') ~ * >> text=" + title)
    officer.check("[name=has_read]")
    officer.click("text=我看过了，可以发")
    assert "王志强（古浪县教育局）审读并批准" in officer.inner_text("main")
    assert CountyReading.objects.get().by == cast.users["county"]

    teacher = open_browser(PHONE)
    sign_in(teacher, "teacher")
    teacher.goto(f"/learning/{lesson.pk}/")
    assert "王志强（古浪县教育局）审读并批准" in teacher.inner_text("main")
    teacher.click("main >> text=发给家里")
    teacher.click("form button.btn-primary")
    row = wait_until(lambda: LessonSent.objects.filter(adult=cast.adults["mother"]).first())
    mother = open_browser(PHONE, script=False)
    mother.goto(f"/f/learn/l/{token_of(row)}/")
    assert "古浪县教育局的王志强审读过" in mother.inner_text("main")

    officer.click("summary >> text=收回")
    officer.fill("[name=reason]", "电话号码变了")
    officer.click(".l-side .btn-now")
    mother.reload()
    assert "学校收回了这一课" in mother.inner_text("main")
    teacher.goto(f"/learning/{lesson.pk}/")
    assert "电话号码变了" in teacher.inner_text("main")
    assert not teacher.locator("text=发给家里").count()
    assert not officer.problems
