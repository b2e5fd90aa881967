"""One list of numbers per school: edited in the settings, read by every door."""

import pytest
from django.urls import reverse
from django.utils import translation

from schools import hotlines
from schools.models import School

pytestmark = pytest.mark.django_db
SETTINGS = reverse("schools:settings")


@pytest.fixture
def save(client, cast):
    client.force_login(cast.users["admin"])

    def save(text):
        data = {"name": cast.school.name, "phone": "", "check_in_every_days": 7, "hotlines": text}
        return client.post(SETTINGS, data)

    return save


def numbers(school):
    return [line.number for line in hotlines.of(School.objects.get(pk=school.pk))]


def test_a_school_begins_with_the_national_numbers(cast):
    assert (
        numbers(cast.school) == ["12356", "12355", "110"] == [h.number for h in hotlines.of(None)]
    )
    with translation.override("en"):
        assert str(hotlines.of(cast.school)[0].label) == "Counselling"
    with translation.override("zh-hans"):
        assert str(hotlines.of(cast.school)[0].label) == "心理援助"


def test_what_is_saved_is_shown_again_and_read(cast, save, client):
    assert save("0935-5112233 值班老师\n\n１１０ 报警\n").status_code == 302
    assert numbers(cast.school) == ["0935-5112233", "110"]
    assert "0935-5112233 值班老师\n110 报警" in client.get(SETTINGS).content.decode()
    assert numbers(cast.other_school) == ["12356", "12355", "110"]


def test_for_a_child_whom_somebody_harms_the_police_come_first(cast):
    assert next(line.number for line in hotlines.police_first(cast.school)) == "110"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "请填这一项"),
        ("12356", "少了名称"),
        ("报警 110", "开头不是电话号码"),
        ("12 太短", "开头不是电话号码"),
        ("1234567890123456 太长", "开头不是电话号码"),
        ("12a56 字母", "开头不是电话号码"),
        ("110 名字长得一个按钮上放不下了", "最多 12 个字"),
        ("\n".join(f"1235{n} 热线" for n in range(7)), "最多写 6 个"),
        ("110 <b>\n打110 报警", "“打110 报警”"),
    ],
)
def test_a_bad_line_is_told_at_its_field_and_nothing_is_saved(cast, save, text, said):
    answer = save(text)
    page = answer.content.decode()
    assert answer.status_code == 422
    at_field = page[page.index('id="id_hotlines_error"') :]
    assert said in at_field
    assert School.objects.get(pk=cast.school.pk).phone == cast.school.phone
    assert numbers(cast.school) == ["12356", "12355", "110"]


def test_the_schools_own_number_reaches_every_door(cast, save, client):
    save("0935-5112233 值班老师\n110 报警")
    child = cast.students["mengyao"]
    client.force_login(cast.users["teacher"])
    guide = client.get(reverse("safeguarding:guide", args=[child.pk])).content.decode()
    assert "tel:110" in guide
    assert "tel:0935-5112233" in guide
    session = client.session
    session["pupil_id"], session["pupil_until"] = child.pk, 9_999_999_999
    session.save()
    pupil = client.get("/p/talk/").content.decode()
    assert "tel:0935-5112233" in pupil
    assert "tel:12356" not in pupil
