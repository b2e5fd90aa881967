"""Special care: a ground with its day, a plan that is looked at again, seen by staff alone."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from doors.staff.today import work_of
from students.models import Student

pytestmark = pytest.mark.django_db
GROUND = {"single_parent_since": "2026-03-01", "single_parent_basis": "妈妈的离婚证"}
PLAN = {"care_plan": "老师每周聊一次；奶奶每晚问作业；村里每月看一眼"}


def in_days(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


@pytest.fixture
def as_(cast):
    def signed_in(key: str) -> Client:
        client = Client()
        client.force_login(cast.users[key])
        return client

    return signed_in


@pytest.fixture
def save(cast, as_):
    url = reverse("students:file_section", args=[cast.students["mengyao"].pk, "care"])

    return lambda **fields: as_("teacher").post(url, fields)


def child(cast) -> Student:
    return Student.objects.get(pk=cast.students["mengyao"].pk)


def test_a_ground_and_a_plan_are_kept_and_shown(cast, save, as_):
    assert save(**GROUND, **PLAN, care_plan_review_on=in_days(60)).status_code == 302
    row = child(cast)
    assert row.care_grounds == [("单亲家庭", date(2026, 3, 1), "妈妈的离婚证")]
    page = as_("teacher").get(reverse("staff:child", args=[row.pk])).content.decode()
    assert "单亲家庭，2026年3月1日起（妈妈的离婚证）" in page
    assert PLAN["care_plan"] in page


def test_each_of_several_grounds_has_its_day_and_basis(cast, save, as_):
    more = {"unsupported_since": "2026-09-01", "unsupported_basis": "民政"}
    assert save(**GROUND, **more).status_code == 302
    page = as_("teacher").get(reverse("staff:child", args=[child(cast).pk])).content.decode()
    assert "单亲家庭，2026年3月1日起（妈妈的离婚证）" in page
    assert "事实无人抚养，2026年9月1日起（民政）" in page
    assert save(**more).status_code == 302
    assert [ground for ground, _since, _basis in child(cast).care_grounds] == ["事实无人抚养"]


@pytest.mark.parametrize("ground", Student.SpecialCare)
@pytest.mark.parametrize("left_out", ["since", "basis"])
def test_a_ground_without_its_day_or_basis_is_refused_there(cast, save, ground, left_out):
    whole = {f"{ground}_since": "2026-03-01", f"{ground}_basis": "村委会"}
    field = f"{ground}_{left_out}"
    answer = save(**{name: value for name, value in whole.items() if name != field})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert child(cast).care_grounds == []
    assert save(**whole).status_code == 302


@pytest.mark.parametrize("review_on", ["", "2026-01-01"])
def test_a_plan_without_a_day_ahead_is_refused_there(cast, save, review_on):
    answer = save(**PLAN, care_plan_review_on=review_on)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["care_plan_review_on"]


def test_a_plan_whose_day_has_come_stands_on_today_until_it_is_looked_at(cast, save):
    save(**GROUND, **PLAN, care_plan_review_on=in_days(1))
    key = f"care-plan-{child(cast).pk}"

    def keys() -> list[str]:
        return [item.key for item in work_of(cast.users["teacher"], timezone.now())]

    assert key not in keys()
    Student.objects.filter(pk=child(cast).pk).update(care_plan_review_on=timezone.localdate())
    assert key in keys()
    save(**GROUND, **PLAN, care_plan_review_on=in_days(90))
    assert key not in keys()


def test_neither_the_family_s_page_nor_the_pupils_nor_a_class_list_says_it(cast, save, as_):
    save(**GROUND, **PLAN, care_plan_review_on=in_days(60))
    pk = child(cast).pk
    pages = [
        as_("mother").get(reverse("family:home")),
        as_("mother").get(reverse("family:child", args=[pk])),
        as_("village").get(reverse("village:list")),
        as_("teacher").get(reverse("staff:children")),
        as_("teacher").get(reverse("staff:children"), {"see": "notes"}),
        as_("teacher").get(reverse("classroom:praise")),
    ]
    for page in pages:
        assert page.status_code == 200
        assert "单亲" not in page.content.decode()


def opened(page) -> list[str]:
    """Return the names of the fields that stand in open folds."""
    shown = page.content.decode()
    folds = re.findall(r"<details( open)?>(.*?)</details>", shown, re.DOTALL)
    folds = [fold for fold in folds if "_since" in fold[1]]
    assert len(folds) == len(Student.SpecialCare)
    return [
        name for is_open, fold in folds if is_open for name in re.findall(r' name="(\w+)"', fold)
    ]


def test_what_does_not_apply_is_folded_and_what_is_wrong_is_not(cast, save, as_):
    url = reverse("students:file_section", args=[cast.students["mengyao"].pk, "care"])
    teacher = as_("teacher")
    assert opened(teacher.get(url)) == []
    shown = teacher.get(url).content.decode()
    assert ' name="care_plan"' in shown
    assert ' name="care_plan"' not in " ".join(
        re.findall(r"<details.*?</details>", shown, re.DOTALL)
    )
    assert save(**GROUND).status_code == 302
    assert opened(teacher.get(url)) == list(GROUND)
    wrong = save(**GROUND, orphan_since="2026-03-01")
    assert opened(wrong) == ["orphan_since", "orphan_basis", *GROUND]
