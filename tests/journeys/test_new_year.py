"""A school year ends: an administrator prepares the next one, looks, writes it, takes it back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from schools.models import Post, SchoolYear
from schools.roles import Role
from students.models import Enrolment
from students.queries import class_of
from tests.factories.cast import make_cast, make_class, make_post, make_student, make_user
from tests.factories.visits import make_visit
from tests.journeys.conftest import PHONE, look, sign_in, two_sizes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast():
    """The year ends in three weeks, so that the row stands on Today."""
    cast = make_cast()
    ends_on = timezone.localdate() + timedelta(days=20)
    SchoolYear.objects.filter(school=cast.school).update(
        starts_on=ends_on - timedelta(days=364), ends_on=ends_on
    )
    for grade in (1, 2, 4, 5):
        make_class(cast.school, grade, 1)
    last = make_class(cast.school, 6, 1)
    teacher = make_user("last_teacher", "赵德明")
    make_post(teacher, Role.CLASS_TEACHER, school=cast.school, school_class=last)
    for name in ("高大山", "马小兰", "李秀英"):
        make_student(last, name)
    make_visit(cast.students["haitao"], goes=cast.users["next_teacher"])
    return cast


@two_sizes
def test_the_next_year_from_this_one(cast, open_browser, viewport, language):
    size = f"{viewport['width']}-{language}"
    page = open_browser(viewport, language=language)
    sign_in(page, "admin")
    row = page.locator("li.work", has_text="新学年" if language != "en" else "New school year")
    look(page, f"new-year-today-{size}")
    row.locator(".act a").click()
    page.locator("#id_starts_on").wait_for()
    look(page, f"new-year-classes-{size}")

    # Two classes of one name: said at the field, nothing lost.
    number = page.locator(f"#id_number_{cast.school_class.pk}")

    def open_class(pk: int) -> None:
        if viewport == PHONE:  # a desk shows it open
            page.locator(f".phone-fold:has(#id_number_{pk}):not([open]) > summary").click()

    open_class(cast.school_class.pk)
    number.fill("1")
    page.locator("main form .btn-primary").click()
    page.locator(".field-bad").wait_for()
    look(page, f"new-year-refused-{size}")
    page.check("#id_merges")
    page.locator("main form .btn-primary").click()
    page.locator("#merged").wait_for()
    merged = page.locator("section[aria-labelledby=merged]").inner_text()
    assert "徐梦瑶、徐小宝" in merged or "徐梦瑶, 徐小宝" in merged
    look(page, f"new-year-merged-{size}")
    page.goto("/rosters/new-year/")
    page.uncheck("#id_merges")
    open_class(cast.school_class.pk)
    number.fill("2")
    open_class(cast.next_class.pk)
    page.select_option(f"#id_teacher_{cast.next_class.pk}", str(cast.users["counsellor"].pk))
    page.locator("main form .btn-primary").click()

    # One child joins the parents.
    child = cast.students["xiaobao"]
    page.locator(f"a[href='/rosters/new-year/class/{cast.school_class.pk}/']").first.click()
    page.locator("summary", has_text=child.name).click()
    page.select_option(f"#id_goes_{child.pk}", "leaves")
    page.select_option(f"#id_reason_{child.pk}", "to_parents")
    page.fill(f"#id_to_{child.pk}", "昆山")
    look(page, f"new-year-children-{size}")
    page.locator("main form .btn-primary").click()
    page.get_by_text("昆山").wait_for()
    assert (
        cast.users["next_teacher"].name
        in page.locator("section[aria-labelledby=open]").inner_text()
    )
    look(page, f"new-year-review-{size}")
    page.locator(".year-go .btn-primary").click()
    page.locator("[data-dialog=undo]").wait_for()
    look(page, f"new-year-done-{size}")

    first_on = SchoolYear.objects.filter(school=cast.school).latest("starts_on").starts_on
    mengyao = cast.students["mengyao"]
    assert class_of(mengyao, timezone.localdate()).school_class == cast.school_class
    assert class_of(mengyao, first_on).school_class.name == "四年级2班"
    assert class_of(child, first_on) is None
    assert Post.objects.filter(user=cast.users["counsellor"], starts_on=first_on).exists()

    page.locator("[data-dialog=undo]").click()
    page.locator("dialog .btn-now").click()
    page.get_by_text("已撤回" if language != "en" else "was undone").first.wait_for()
    look(page, f"new-year-undone-{size}")
    assert not Enrolment.objects.filter(starts_on=first_on).exists()
    assert SchoolYear.objects.filter(school=cast.school).count() == 1
