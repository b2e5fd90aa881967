"""The child's page, calm: one sheet of paper, what lacks in one line, places that wrap well."""

import pypdfium2
import pytest
from django.utils import timezone

from core import clock
from guardians.actions import record_contact
from guardians.models import Adult, Migration
from students.models import Student
from tests.factories.classroom import make_note
from tests.journeys.conftest import (
    DESK,
    PHONE,
    SHOTS,
    axe_violations,
    double_labels,
    look,
    sign_in,
    spilling,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ACTS = ".rail, .crumb, .in-danger, .doings, main button, main input, main .btn, main .tabs, main .icon-btn"


def fill_file(child: Student) -> None:
    """Nearly every section of the file, so that the sheet has much to hold."""
    child.strengths = "会教别人，跳绳好手"
    child.id_number, child.ethnicity = "620622201804031302", "回族"
    child.address, child.village = "古浪县黄羊川村5组47号", "黄羊川村"
    child.journey_with, child.journey_dangers = "邻居家姐姐", "过一座桥"
    child.health, child.allergies = "春天容易咳嗽，近视150度", "花生过敏"
    child.wish, child.wish_obstacle = "明年秋天接到昆山上学", "两个人都上夜班，没人接孩子"
    child.save()


def printed(page, name: str) -> list[str]:
    """The words of each sheet, as a printer without background graphics gets it."""
    file = page.pdf(format="A4", print_background=False)
    document = pypdfium2.PdfDocument(file)
    if SHOTS:
        for number, sheet in enumerate(document):
            sheet.render(scale=1.5).to_pil().save(f"{SHOTS}/{name}-{number}.png")
    return [sheet.get_textpage().get_text_range() for sheet in document]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_child_is_one_sheet_with_its_marks_and_without_acts(cast, open_browser, language):
    child = cast.students["mengyao"]
    fill_file(child)
    for _number in range(8):
        make_note(cast, words="课间把跳绳借给新来的同学，还教她怎么跳。")
    page = open_browser(DESK, language=language)
    sign_in(page, "teacher")
    page.goto(f"/children/{child.pk}/")
    look(page, f"child-1280-{language}")
    sheets = printed(page, f"child-print-{language}")
    assert len(sheets) == 1
    assert cast.school.name in sheets[0]
    assert cast.users["teacher"].name in sheets[0]
    assert "花生过敏" in sheets[0]  # the fold of the file prints open
    assert "5组47号" in sheets[0]  # and the one within it
    page.emulate_media(media="print")
    assert page.locator(ACTS).filter(visible=True).all_inner_texts() == []
    marks = page.locator(".term .mark").evaluate_all(
        "all => all.map(one => getComputedStyle(one)).map(one => [one.backgroundColor, one.borderTopWidth])"
    )
    assert marks
    assert {ground for ground, _width in marks} == {"rgba(0, 0, 0, 0)"}
    assert "0px" not in {width for _ground, width in marks}


def test_a_child_of_whom_much_is_on_record_ends_orderly(cast, open_browser):
    child = cast.students["mengyao"]
    fill_file(child)
    for number in range(60):
        make_note(cast, words=f"第{number}次，课间把跳绳借给新来的同学。")
    page = open_browser(DESK)
    sign_in(page, "teacher")
    page.goto(f"/children/{child.pk}/?shown=60")
    sheets = printed(page, "child-print-full")
    assert 1 < len(sheets) <= 3
    # Each but the last is filled before another begins.
    assert all(len(words) > 800 for words in sheets[:-1])


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_who_is_where_holds_long_words(cast, open_browser, viewport):
    Migration.objects.update(place="乌鲁木齐市米东区", work="建筑工地，跟着施工队到处走")
    Adult.objects.update(shift="night")
    page = open_browser(viewport, language="en")
    sign_in(page, "teacher")
    page.goto(f"/children/{cast.students['mengyao'].pk}/")
    double_labels(page, ".child-head, .term, .reach, .doings")
    look(page, f"child-{viewport['width']}-doubled")
    assert spilling(page, ".child-head p, .child-head h1", ".child-head") == []
    assert spilling(page, ".term tbody th, .term tbody .sum", ".term") == []
    assert spilling(page, ".reach .way", ".reach") == []
    assert spilling(page, ".doings > a", ".doings > a") == []
    # Beside the house the words have room for more than one on a line.
    assert page.locator(".family-far p").first.bounding_box()["width"] > 200


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_talk_that_several_tell_of_is_one_entry_that_opens(cast, open_browser, language):
    for by in ("parent", "child", "carer"):
        record_contact(
            student=cast.students["mengyao"],
            adult=cast.adults["mother"],
            happened_on=timezone.localdate(),
            reported_by=by,
            at=clock.now(),
        )
    page = open_browser(PHONE, language=language)
    sign_in(page, "teacher")
    page.goto(f"/children/{cast.students['mengyao'].pk}/?only=contact")
    assert page.locator(".event").count() == 1
    page.locator(".event summary").click()
    assert page.locator(".event details p").filter(visible=True).count() == 2
    look(page, f"talk-390-{language}")


def test_a_desk_folds_what_changes_seldom_and_a_phone_opens_the_file_at_once(cast, open_browser):
    child = cast.students["mengyao"]
    fill_file(child)
    page = open_browser(DESK)
    sign_in(page, "teacher")
    page.goto(f"/children/{child.pk}/")
    health, address = page.locator("#row-health"), page.locator("#row-address")
    assert health.is_visible()
    assert not address.is_visible()
    page.locator(".desk-fold > summary", has_text="家在哪里").click()
    assert address.is_visible()
    page.set_viewport_size(PHONE)
    page.reload()
    assert not health.is_visible()
    page.locator(".file-fold:has(.desk-fold) > summary").click()
    assert health.is_visible()
    assert address.is_visible()
    assert page.problems == []


def test_the_guide_opens_its_second_half_once_the_first_is_done(cast, open_browser):
    child = cast.students["mengyao"]
    page = open_browser(PHONE)
    sign_in(page, "teacher")
    page.goto(f"/concerns/guide/{child.pk}/")
    doctor = page.locator("#doctor")
    assert not doctor.is_visible()
    page.locator(".phone-fold > summary", has_text="医生").click()
    assert doctor.is_visible()
    for step in ("stay", "means", "rescue", "counsellor"):
        page.locator(f"#{step} .tick button").click()
        page.locator(f"#{step}.is-done").wait_for()
    assert doctor.is_visible()
    page.set_viewport_size(DESK)
    assert page.locator(".guide-steps > li:visible").count() == 8
    assert axe_violations(page) == []
    assert page.problems == []
