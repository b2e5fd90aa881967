"""product.md A9 and B1 in the browser: a block, a gap that reaches an adult, a merge undone, a change of
care, and a parent who says once a year that all is right.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from core import clock
from guardians.care import actions as care_actions
from guardians.models import Adult, GuardianChange, Guardianship, Merge
from safeguarding.models import Concern
from tests.factories.cast import PASSWORD, make_adult, make_guardianship
from tests.journeys.conftest import (
    DESK,
    PHONE,
    double_labels,
    look,
    sign_in,
    sound,
    spilling,
    two_sizes,
    wait_until,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_b1_a_counsellor_blocks_an_adult_who_sees_nothing_from_then_on(cast, open_browser):
    student, mother = cast.students["mengyao"], cast.adults["mother"]
    parent = open_browser(PHONE)
    user = cast.users["mother"]
    user.set_password(PASSWORD)
    user.save()
    sign_in(parent, user.username)
    parent.goto("/f/")
    assert "梦瑶" in parent.content()
    page = open_browser(DESK)
    sign_in(page, "counsellor")
    page.goto(f"/children/{student.pk}/family/{mother.pk}/")
    sound(page)
    assert page.problems == []
    page.get_by_role("link", name="屏蔽").click()
    page.check("[name=ground][value=court_order]")
    page.fill("[name=decision]", "（2026）甘0622民保令3号")
    page.fill("[name=decided_on]", "2026-10-09")
    page.fill("[name=reason]", "保护令期间不得接触孩子")
    page.get_by_role("button", name="屏蔽").click()
    page.get_by_text("民保令3号").wait_for()
    assert parent.goto("/f/").status == 404
    assert "梦瑶" not in parent.content()


@pytest.fixture
def large_family(cast):
    """Three adults whom the school asks, and the father, who is blocked."""
    aunt = make_adult(cast.school, "王秀", "+8613893510099")
    make_guardianship(cast.students["mengyao"], aunt, "relative", kind="carer", priority=9)
    Adult.objects.filter(pk=cast.adults["mother"].pk).update(shift="night")


def names(page) -> list[str]:
    return page.locator(".asked b").all_inner_texts()


@two_sizes
def test_b1_the_family_is_a_drawing_that_holds_long_words(
    cast, large_family, open_browser, viewport, language
):
    page = open_browser(viewport, language=language)
    sign_in(page, "teacher")
    page.goto(f"/children/{cast.students['mengyao'].pk}/family/")
    look(page, f"family-{viewport['width']}-{language}")
    assert names(page) == ["王芳", "李秀兰", "王秀"]
    assert page.locator(".asked").filter(has_text="徐建军").count() == 0
    assert page.locator("svg.arcs").is_visible() is (viewport == DESK)
    double_labels(page, ".fan ol")
    look(page, f"family-{viewport['width']}-{language}-doubled")
    assert spilling(page, ".asked > *:not(.nth), .asked .btn, .asked .way", ".asked") == []


@pytest.mark.parametrize("script", [True, False])
def test_b1_who_is_asked_first_by_keys(cast, large_family, open_browser, script):
    page = open_browser(PHONE, script=script)
    sign_in(page, "teacher")
    page.goto(f"/children/{cast.students['mengyao'].pk}/family/")
    page.get_by_role("button", name="先问 王秀").press("Enter")
    page.get_by_role("button", name="先问 李秀兰").wait_for()
    assert names(page) == ["王芳", "王秀", "李秀兰"]


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_b1_who_is_asked_first_by_dragging(cast, large_family, open_browser, viewport):
    page = open_browser(viewport)
    sign_in(page, "teacher")
    page.goto(f"/children/{cast.students['mengyao'].pk}/family/")

    def drag(number: int, to: int) -> None:
        page.locator(".nth").nth(number).hover()
        page.mouse.down()
        page.locator(".asked").nth(to).hover()
        if viewport == DESK:  # let go below the adults, beside the arcs
            box = page.locator(".asked").nth(to).bounding_box()
            page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] + 20)
        page.mouse.up()

    drag(1, to=0)  # a parent who is away is asked before those at home
    assert names(page) == ["王芳", "李秀兰", "王秀"]
    drag(2, to=1)
    page.get_by_role("button", name="先问 李秀兰").wait_for()
    assert names(page) == ["王芳", "王秀", "李秀兰"]
    assert page.problems == []


def test_b1_who_is_asked_first_by_a_finger(cast, large_family, open_browser):
    page = open_browser(PHONE)
    sign_in(page, "teacher")
    page.goto(f"/children/{cast.students['mengyao'].pk}/family/")
    hand = page.context.new_cdp_session(page)
    hand.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    page.locator(".asked").nth(1).scroll_into_view_if_needed()
    number, other = (page.locator(".nth").nth(place).bounding_box() for place in (2, 1))
    left, start, end = number["x"] + 20, number["y"] + 20, other["y"] + 20

    def touch(kind: str, *points: float) -> None:
        touched = [{"x": left, "y": y} for y in points]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})

    before = page.evaluate("scrollY")
    touch("touchStart", start)
    for part in range(1, 11):
        touch("touchMove", start + (end - start) * part / 10)
    assert page.evaluate("scrollY") == before  # the page stays where it is
    touch("touchEnd")
    page.get_by_role("button", name="先问 李秀兰").wait_for()
    assert names(page) == ["王芳", "王秀", "李秀兰"]
    assert page.problems == []


def test_a9_a_carer_leaves_and_an_adult_is_told(cast, open_browser, workers):
    student, carer = cast.students["mengyao"], cast.adults["grandmother"]
    tie = Guardianship.objects.get(student=student, adult=carer)
    page = open_browser(PHONE)
    sign_in(page, "teacher")
    page.goto(f"/children/{student.pk}/family/{carer.pk}/ties/{tie.pk}/end/")
    page.fill("[name=ends_on]", str(timezone.localdate() - timedelta(days=1)))
    page.fill("[name=reason]", "奶奶住院")
    page.locator("form button.btn-now").click()
    page.get_by_text("现在没有人照看").first.wait_for()
    concern = wait_until(lambda: Concern.objects.filter(source="care_gap").first())
    assert concern.named_adult == cast.users["teacher"]
    assert concern.due_at - concern.opened_at == timedelta(minutes=15)
    page.goto("/")
    page.get_by_text("现在没有人照看").first.wait_for()


def test_b1_two_records_are_merged_and_taken_apart(cast, open_browser):
    twin = make_adult(cast.school, "王方", "+8613893510001")
    make_guardianship(cast.students["mengyao"], twin, "mother", kind="contact")
    page = open_browser(DESK)
    sign_in(page, "admin")
    page.goto("/families/duplicates/")
    sound(page)
    assert page.problems == []
    page.get_by_role("button", name="合并，留下这一份 王芳").click()
    page.get_by_role("button", name="撤销 王芳").wait_for()
    assert Adult.objects.get(pk=twin.pk).merged_into == cast.adults["mother"]
    page.get_by_role("button", name="撤销 王芳").click()
    page.get_by_text("还是原来的两份记录").wait_for()
    assert Merge.objects.get().undone_at
    assert Adult.objects.get(pk=twin.pk).merged_into is None
    assert twin.contact_points.count() == 1


def test_b1_the_care_of_a_child_changes_on_one_page(cast, open_browser):
    student = cast.students["mengyao"]
    page = open_browser(PHONE)
    sign_in(page, "teacher")
    page.goto(f"/children/{student.pk}/family/")
    sound(page)
    page.get_by_role("link", name="更改由谁照看孩子").click()
    page.check("[name=kind][value=custody]")
    page.fill("[name=decided_by]", "古浪县人民法院")
    page.fill("[name=document]", "（2026）甘0622民初88号")
    page.select_option("[name=carer]", label="妈妈 王芳")
    tie = Guardianship.objects.get(student=student, adult=cast.adults["father"])
    page.select_option(f"[name=right-{tie.pk}]", "nothing")
    sound(page)
    page.get_by_role("button", name="看看会有什么变化").click()
    page.get_by_text("还没有保存").wait_for()
    assert not GuardianChange.objects.exists()
    sound(page)
    assert page.problems == []
    page.get_by_role("button", name="就这样保存").click()
    page.get_by_text("记下了").wait_for()
    change = GuardianChange.objects.get()
    assert change.decided_by == "古浪县人民法院"
    carers = Guardianship.objects.filter(student=student, kind="carer", ends_on=None)
    assert [one.adult.name for one in carers] == ["王芳"]


def test_a9_a_child_at_home_alone_reaches_an_adult_from_a_phone(cast, open_browser):
    student = cast.students["xiaobao"]
    page = open_browser(PHONE)
    sign_in(page, "teacher")
    page.goto(f"/children/{student.pk}/family/")
    page.get_by_role("link", name="记下孩子独自在家").click()
    page.fill("[name=words]", "邻居打电话来，奶奶住院三天了")
    page.get_by_role("button", name="记下，马上告诉一位大人").click()
    page.get_by_text("邻居打电话来").wait_for()
    assert care_actions.note_care_gaps(at=clock.now()) == 0  # noticed already, and once


@pytest.mark.parametrize("script", [True, False])
def test_b1_a_parent_says_once_a_year_that_all_is_right(cast, open_browser, script):
    user = cast.users["mother"]
    user.set_password(PASSWORD)
    user.save()
    page = open_browser(PHONE, script=script)
    sign_in(page, user.username)
    page.problems.clear()  # behind a family's password lies no staff page
    page.goto("/f/details/")
    if script:
        sound(page)
        assert page.problems == []
    page.get_by_text("我换了号码").click()
    page.fill("[name=phone]", "123")
    page.get_by_role("button", name="给这个号码发验证码").click()
    assert page.locator(".field-error").first.inner_text()
    page.fill("[name=phone]", "138 9351 9999")
    page.get_by_role("button", name="给这个号码发验证码").click()
    page.get_by_text("138 9351 9999").wait_for()
    page.get_by_role("button", name="都对").click()
    page.get_by_text("下个学年再问").wait_for()
    assert cast.adults["mother"].contact_points.count() == 2
    assert cast.adults["mother"].details_checks.get().confirmed_at
