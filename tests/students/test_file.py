"""A1: the file, section by section, over HTTP: written, refused, told apart, and its history."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from students.conflicts import state_of
from students.models import Enrolment, Student
from tests.factories.cast import STARTED_ON, make_student

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher(client, cast):
    client.force_login(cast.users["teacher"])
    return client


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.users["admin"])
    return client


@pytest.fixture
def today():
    return timezone.localdate()


def url_of(cast, name, child="mengyao", **kwargs):
    return reverse(name, kwargs={"student_id": cast.students[child].pk, **kwargs})


def edit(client, cast, key, child="mengyao", **data):
    """Posts a section as its form stood; `data` is what was typed over it."""
    url = url_of(cast, "students:file_section", child, key=key)
    form = client.get(url).context["form"]
    begun = {name: form[name].value() for name in form.fields}
    typed = {name: "" if value is None else value for name, value in (begun | data).items()}
    return client.post(url, typed)


def stored(cast, child="mengyao") -> Student:
    return Student.objects.get(pk=cast.students[child].pk)


SECTIONS = {
    "identity": {"ethnicity": "藏族", "student_number": "G620622201705041"},
    "boarding": {"is_boarding": "true", "dormitory": "女生楼203", "boards_since": "2026-09-01"},
    "address": {
        "address": "黄羊川村12号",
        "village": "黄羊川村",
        "lives_there_since": "2020-03-01",
    },
    "journey": {
        "journey_by": "walks",
        "journey_minutes": "25",
        "journey_km": "1.5",
        "journey_with": "邻居家姐姐",
        "journey_dangers": "一座没有栏杆的桥",
        "journey_since": "2025-09-01",
    },
    "health": {
        "illness": "无",
        "allergies": "花生",
        "disability": "sight",
        "disability_level": "3",
        "is_insured": "true",
        "is_vaccinated": "false",
        "checked_up_on": "2026-10-09",
    },
    "registration": {
        "is_registered": "true",
        "registered_at": "古浪县黄羊川镇",
        "registration": "rural",
        "has_city_schooling": "true",
        "city_schooling": "昆山，2023到2024年，没有学位",
        "has_residence_permit": "false",
        "assistance": "低保",
    },
    "wish": {
        "wish_kind": "child_joins",
        "wish_obstacle": "昆山没有学位",
        "wish_since": "2025-02-01",
    },
    "strengths": {"strengths": "跳绳"},
}


@pytest.mark.parametrize("key", SECTIONS)
def test_a1_each_section_is_written_and_read_again(cast, teacher, key):
    answer = edit(teacher, cast, key, **SECTIONS[key])
    assert answer.status_code == 302, answer.context["form"].errors
    page = teacher.get(url_of(cast, "staff:child")).content.decode()
    words = [
        value for value in SECTIONS[key].values() if any(ord(letter) > 0x2E80 for letter in value)
    ]
    assert words
    assert [word for word in words if word not in page] == []


def test_a1_the_whole_file_says_what_was_chosen(cast, teacher):
    for key, data in SECTIONS.items():
        edit(teacher, cast, key, **data)
    page = teacher.get(url_of(cast, "staff:child")).content.decode()
    for words in (
        "步行 25 分钟",
        "1.5 公里",
        "三级",
        "没打全",
        "农村户口",
        "居住证",
        "接到父母身边",
    ):
        assert words in page


@pytest.mark.parametrize(
    ("key", "field", "typed"),
    [
        ("identity", "born_on", "1900-01-01"),
        ("identity", "born_on", "2100-01-01"),
        ("identity", "born_on", "2025-12-01"),
        ("boarding", "boards_since", "1900-01-01"),
        ("boarding", "boards_since", "2100-01-01"),
        ("address", "lives_there_since", "2017-05-03"),  # a day before the child was born
        ("health", "checked_up_on", "2100-01-01"),
        ("wish", "wish_since", "1900-01-01"),
        ("journey", "journey_minutes", "601"),
        ("journey", "journey_km", "-1"),
        ("journey", "journey_km", "12345"),
        ("identity", "id_number", "620622201705040011"),
    ],
)
def test_bad_input_is_refused_at_its_field_and_nothing_is_written(cast, teacher, key, field, typed):
    before = stored(cast).__dict__ | {"_state": None}
    answer = edit(teacher, cast, key, **{field: typed})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert typed in answer.content.decode()
    assert stored(cast).__dict__ | {"_state": None} == before


def test_the_identity_number_and_the_birthday_must_agree(cast, teacher):
    answer = edit(teacher, cast, "identity", id_number="620622201705050428")
    assert answer.status_code == 422
    assert "2017-05-05" in str(answer.context["form"].errors["born_on"])
    answer = edit(teacher, cast, "identity", id_number="620622201705050428", born_on="2017-05-05")
    assert answer.status_code == 302


class TestTwoPeopleEditOneField:
    """Bad input: two people edit one field."""

    @pytest.fixture
    def begun(self, cast, teacher):
        """The teacher has the form open when the administrator saves the same section."""
        Student.objects.filter(pk=cast.students["mengyao"].pk).update(
            address="旧地址", village="旧村"
        )
        url = url_of(cast, "students:file_section", key="address")
        state = teacher.get(url).context["form"]["state"].value()
        cast_admin = type(teacher)()
        cast_admin.force_login(cast.users["admin"])
        answer = edit(cast_admin, cast, "address", address="周玲写的地址")
        assert answer.status_code == 302
        return {"state": state, "address": "旧地址", "village": "旧村", "lives_there_since": ""}

    def post(self, cast, teacher, data):
        return teacher.post(url_of(cast, "students:file_section", key="address"), data)

    def test_the_second_is_shown_what_stands_there_and_by_whom(self, cast, teacher, begun):
        answer = self.post(cast, teacher, begun | {"address": "张丽华写的地址"})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == ["address"]
        assert "周玲" in page
        assert "周玲写的地址" in page
        assert 'value="张丽华写的地址"' in page  # what was typed is still there
        assert stored(cast).address == "周玲写的地址"

    @pytest.mark.parametrize(
        ("choice", "kept"), [("mine", "张丽华写的地址"), ("theirs", "周玲写的地址")]
    )
    def test_the_second_chooses(self, cast, teacher, begun, choice, kept):
        form = self.post(cast, teacher, begun | {"address": "张丽华写的地址"}).context["form"]
        again = {name: form[name].value() or "" for name in form.fields}
        answer = self.post(cast, teacher, again | {"keep_address": choice})
        assert answer.status_code == 302
        assert (stored(cast).address, stored(cast).village) == (kept, "旧村")

    def test_without_a_choice_it_is_asked_again(self, cast, teacher, begun):
        form = self.post(cast, teacher, begun | {"address": "张丽华写的地址"}).context["form"]
        again = {name: form[name].value() or "" for name in form.fields}
        answer = self.post(cast, teacher, again)
        assert answer.status_code == 422
        assert "keep_address" in answer.context["form"].errors
        assert stored(cast).address == "周玲写的地址"

    def test_a_third_who_comes_between_is_seen_as_well(self, cast, teacher, begun):
        form = self.post(cast, teacher, begun | {"address": "张丽华写的地址"}).context["form"]
        again = {name: form[name].value() or "" for name in form.fields}
        Student.objects.filter(pk=cast.students["mengyao"].pk).update(address="第三个人写的")
        answer = self.post(cast, teacher, again | {"keep_address": "mine"})
        assert answer.status_code == 422
        assert "第三个人写的" in answer.content.decode()
        assert stored(cast).address == "第三个人写的"

    def test_another_field_of_the_same_section_is_no_conflict(self, cast, teacher, begun):
        answer = self.post(cast, teacher, begun | {"village": "张丽华写的村"})
        assert answer.status_code == 302
        assert (stored(cast).address, stored(cast).village) == ("周玲写的地址", "张丽华写的村")

    def test_the_same_words_are_no_conflict(self, cast, teacher, begun):
        answer = self.post(cast, teacher, begun | {"address": "周玲写的地址"})
        assert answer.status_code == 302

    def test_a_state_of_another_child_counts_for_nothing(self, cast, teacher, begun):
        other = state_of(cast.students["xiaobao"])
        answer = self.post(cast, teacher, begun | {"state": other, "address": "张丽华写的地址"})
        assert answer.status_code == 302


class TestHistory:
    def test_who_when_before_and_from_when_it_holds(self, cast, teacher):
        edit(teacher, cast, "address", address="黄羊川村12号", lives_there_since="2020-03-01")
        edit(teacher, cast, "address", address="县城学府路3号", lives_there_since="2026-08-20")
        latest = teacher.get(url_of(cast, "students:file_history", key="address")).context[
            "changes"
        ][0]
        assert (latest.by, latest.before, latest.after, latest.valid_from) == (
            "张丽华",
            "黄羊川村12号",
            "县城学府路3号",
            "2026年8月20日",
        )

    def test_a_day_that_held_for_the_old_is_asked_about(self, cast, teacher):
        edit(teacher, cast, "address", address="黄羊川村12号", lives_there_since="2020-03-01")
        answer = edit(teacher, cast, "address", address="县城学府路3号")
        assert list(answer.context["form"].errors) == ["lives_there_since"]
        assert stored(cast).address == "黄羊川村12号"
        form = answer.context["form"]
        again = {name: form[name].value() or "" for name in form.fields}
        assert (
            teacher.post(url_of(cast, "students:file_section", key="address"), again).status_code
            == 302
        )
        assert stored(cast).address == "县城学府路3号"


class TestEnrolment:
    def move(self, client, cast, school_class, on, child="mengyao"):
        data = {"school_class": school_class.pk, "starts_on": on}
        return client.post(url_of(cast, "students:file_class", child), data)

    def rows(self, cast):
        own = Enrolment.objects.filter(student=cast.students["mengyao"]).order_by("starts_on")
        return [(row.school_class_id, row.starts_on, row.ends_on) for row in own]

    def test_another_class_from_a_day(self, cast, admin, today):
        assert self.move(admin, cast, cast.next_class, today).status_code == 302
        assert self.rows(cast) == [
            (cast.school_class.pk, STARTED_ON, today - timedelta(days=1)),
            (cast.next_class.pk, today, None),
        ]
        page = admin.get(url_of(cast, "students:file_class_history")).content.decode()
        assert "三年级1班" in page
        assert "三年级2班" in page

    def test_the_teacher_who_gives_a_child_away_is_not_left_at_a_404(self, cast, teacher, today):
        answer = self.move(teacher, cast, cast.next_class, today)
        assert answer.url == reverse("staff:children")
        assert "徐梦瑶" in teacher.get(answer.url).content.decode()
        assert teacher.get(url_of(cast, "staff:child")).status_code == 404

    @pytest.mark.parametrize("days", [-9999, 93, 40_000])
    def test_days_that_cannot_be_meant(self, cast, admin, today, days):
        answer = self.move(admin, cast, cast.next_class, today + timedelta(days=days))
        assert "starts_on" in answer.context["form"].errors
        assert len(self.rows(cast)) == 1

    def test_overlapping_enrolment_is_refused_at_the_field(self, cast, admin, today):
        self.leave(admin, cast, today, "other_school", "古浪一小")
        answer = self.move(admin, cast, cast.next_class, today - timedelta(days=10))
        assert "三年级2班" in str(answer.context["form"].errors["starts_on"])
        assert len(self.rows(cast)) == 1

    def test_the_same_class_again_is_refused(self, cast, admin, today):
        answer = self.move(admin, cast, cast.school_class, today)
        assert "school_class" in answer.context["form"].errors

    def test_a_class_of_another_school_is_none(self, cast, admin, today):
        answer = self.move(admin, cast, cast.far_class, today)
        assert "school_class" in answer.context["form"].errors

    def leave(self, client, cast, on, reason, left_to=""):
        data = {"left_on": on, "reason": reason, "left_to": left_to}
        return client.post(url_of(cast, "students:file_leave"), data)

    def test_a_child_that_left_keeps_its_file_marked(self, cast, admin, today):
        gone = today - timedelta(days=1)
        assert self.leave(admin, cast, gone, "to_parents", "昆山市陆家镇").status_code == 302
        page = admin.get(url_of(cast, "staff:child")).content.decode()
        assert "已离校" in page
        assert "昆山市陆家镇" in page
        assert "再多知道一点" not in page

    @pytest.mark.parametrize(
        ("days", "reason", "left_to", "field"),
        [
            (1000, "finished", "", "left_on"),
            (-9999, "finished", "", "left_on"),
            (0, "", "", "reason"),
            (0, "other_school", "", "left_to"),
        ],
    )
    def test_leaving_is_refused_at_its_field(
        self, cast, admin, today, days, reason, left_to, field
    ):
        answer = self.leave(admin, cast, today + timedelta(days=days), reason, left_to)
        assert list(answer.context["form"].errors) == [field]
        assert self.rows(cast)[0][2] is None

    def test_leaving_is_taken_back_and_both_stand_in_the_history(self, cast, admin, today):
        self.leave(admin, cast, today - timedelta(days=1), "dropped_out")
        admin.post(url_of(cast, "students:file_stay"))
        assert self.rows(cast) == [(cast.school_class.pk, STARTED_ON, None)]
        page = admin.get(url_of(cast, "students:file_class_history")).content.decode()
        assert "不来了" in page

    def test_a_child_comes_back(self, cast, admin, today):
        self.leave(admin, cast, today - timedelta(days=10), "to_parents", "昆山")
        assert self.move(admin, cast, cast.next_class, today).status_code == 302
        assert self.rows(cast)[-1] == (cast.next_class.pk, today, None)
        assert "已离校" not in admin.get(url_of(cast, "staff:child")).content.decode()


class TestWhatWouldHelp:
    def asks(self, client, cast, child="mengyao"):
        sections = client.get(url_of(cast, "staff:child", child)).context["sections"]
        return [section.lines[0] for section in sections if section.key == "ask"]

    def test_one_thing_at_a_time_the_most_useful_first(self, cast, teacher):
        Student.objects.filter(pk=cast.students["mengyao"].pk).update(born_on=None)
        assert self.asks(teacher, cast) == ["孩子是哪天出生的？"]
        edit(teacher, cast, "identity", born_on="2017-05-04")
        assert self.asks(teacher, cast) == ["孩子有什么长处？可以问问同学。"]

    def test_a_full_file_asks_nothing(self, cast, teacher):
        for key, data in SECTIONS.items():
            edit(teacher, cast, key, **data)
        edit(teacher, cast, "identity", id_number="620622201705040422")
        assert self.asks(teacher, cast) == []

    def test_whoever_may_not_write_is_not_asked(self, cast, client):
        client.force_login(cast.users["counsellor"])
        assert self.asks(client, cast) == []

    def test_what_the_law_asks_for_is_marked_with_its_source(self, cast, teacher):
        page = teacher.get(url_of(cast, "staff:child")).content.decode()
        assert "未成年人保护法第二十一至二十三条" in page
        assert "民发〔2016〕42号" in page

    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_no_percentage(self, cast, teacher, language):
        teacher.cookies["django_language"] = language
        with override(language):
            page = teacher.get(url_of(cast, "staff:child")).content.decode()
        file = page[
            page.index('<dl class="file">') : page.index("</dl>", page.index('class="file"'))
        ]
        assert "%" not in file


def test_the_child_page_costs_the_same_with_a_long_past(
    cast, teacher, django_assert_max_num_queries
):
    url = url_of(cast, "staff:child")
    teacher.get(url)
    with django_assert_max_num_queries(150) as few:
        teacher.get(url)
    for number in range(10):
        Enrolment.objects.create(
            school=cast.school,
            student=cast.students["mengyao"],
            school_class=cast.next_class,
            starts_on=STARTED_ON - timedelta(days=100 * (number + 1)),
            ends_on=STARTED_ON - timedelta(days=100 * number + 1),
        )
        make_student(cast.school_class, f"王小{number}")
    with django_assert_max_num_queries(150) as many:
        teacher.get(url)
    assert len(many) == len(few)
