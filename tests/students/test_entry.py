"""A class written in from paper: a sheet of lines over HTTP."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from guardians.models import Adult, ContactPoint, Guardianship, Migration
from guardians.queries import family_of
from schools.actions import add_class
from schools.models import SchoolYear
from students.models import Enrolment, Student
from students.queries import class_of

pytestmark = pytest.mark.django_db
FATHER = {"father": "马强", "father_place": "兰州", "father_phone": "138 9351 7701"}
MOTHER = {"mother": "何秀英", "mother_place": "在家", "mother_phone": "13893517702"}
CARER = {"carer": "李桂花", "carer_relation": "奶奶", "carer_phone": "13893517703"}
CHILD = {"name": "马小军", "sex": "男", "born": "2017.3.4", "village": "黄羊川村", "boards": "是"}


@pytest.fixture
def teacher(client, cast):
    client.force_login(cast.users["teacher"])
    return client


def line(**cells):
    return {"key": str(uuid4()), **cells}


def sheet(*lines, act="save", starts_on="2026-09-01"):
    data = {"act": act, "starts_on": starts_on, "lines": " ".join(map(str, range(len(lines))))}
    for number, cells in enumerate(lines):
        data |= {f"{number}-{cell}": value for cell, value in cells.items()}
    return data


def post(client, cast, *lines, school_class=None, **how):
    url = f"{reverse('staff:entry_sheet')}?class={(school_class or cast.school_class).pk}"
    return client.post(url, sheet(*lines, **how))


def wrong(answer) -> dict:
    return {
        (one["line"].number, cell): words
        for one in answer.context["lines"]
        for cell, words in one["line"].wrong.items()
    }


def test_a_child_with_its_family(cast, teacher):
    answer = post(teacher, cast, line(**CHILD, **FATHER, **MOTHER, **CARER))
    assert answer.status_code == 302
    today = timezone.localdate()
    child = Student.objects.get(name="马小军")
    told = (child.sex, f"{child.born_on}", child.village, child.is_boarding, child.name_initials)
    assert told == ("m", "2017-03-04", "黄羊川村", True, "mxj")
    assert class_of(child, today).school_class == cast.school_class
    assert child.picture_code
    family = {m.guardianship.relation: m for m in family_of(child, today)}
    assert {key: m.adult.name for key, m in family.items()} == {
        "father": "马强",
        "mother": "何秀英",
        "paternal_grandmother": "李桂花",
    }
    assert (family["father"].migration.is_away, family["father"].migration.place) == (True, "兰州")
    assert family["mother"].migration.is_away is False
    assert [point.address for point in family["father"].ways] == ["+8613893517701"]


def test_birthday_and_sex_come_with_the_identity_number(cast, teacher):
    post(teacher, cast, line(name="马小军", id_number="620622201705040422"))
    child = Student.objects.get(name="马小军")
    assert (child.sex, f"{child.born_on}") == ("f", "2017-05-04")


@pytest.mark.parametrize(
    ("cell", "typed"),
    [
        ("name", ""),
        ("name", "12345"),
        ("sex", "未定"),
        ("born", "1900-01-01"),
        ("born", "2100-01-01"),
        ("born", "2017-02-30"),
        ("born", "去年"),
        ("id_number", "62062220170504042"),
        ("id_number", "620622201705040420"),
        ("father_phone", "138935177"),
        ("father", ""),
        ("carer_relation", ""),
        ("carer_relation", "房东的猫"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_cell_and_nothing_is_written(cast, teacher, cell, typed):
    good = line(name="王一鸣")
    bad = line(**(CHILD | FATHER | CARER | {cell: typed}))
    before = (Student.objects.count(), Adult.objects.count())
    answer = post(teacher, cast, good, bad)
    assert answer.status_code == 422
    assert list(wrong(answer)) == [(1, cell)]
    page = answer.content.decode()
    assert f'name="1-{cell}" value="{typed}"' in page
    assert 'name="0-name" value="王一鸣"' in page
    assert (Student.objects.count(), Adult.objects.count()) == before


@pytest.mark.parametrize("starts_on", ["1900-01-01", "2100-01-01", ""])
def test_a_day_that_cannot_be_meant(cast, teacher, starts_on):
    answer = post(teacher, cast, line(name="王一鸣"), starts_on=starts_on)
    assert answer.status_code == 422
    assert "starts_on" in answer.context["since"].errors
    assert not Student.objects.filter(name="王一鸣").exists()


def test_sent_twice_is_one_child(cast, teacher):
    one = line(**CHILD, **FATHER)
    for _again in range(2):
        assert post(teacher, cast, one).status_code == 302
    assert Student.objects.filter(name="马小军").count() == 1
    assert Adult.objects.filter(name="马强").count() == 1


def test_a_line_by_itself_and_then_the_sheet_is_one_child(cast, teacher):
    one, other = line(**CHILD, **FATHER), line(name="王一鸣")
    answer = post(teacher, cast, one, act="line")
    assert answer.status_code == 200
    assert "录好了" in answer.content.decode()
    post(teacher, cast, one, other)
    assert Student.objects.filter(name__in=["马小军", "王一鸣"]).count() == 2


def test_a_line_by_itself_that_cannot_be_read(cast, teacher):
    answer = post(teacher, cast, line(**(CHILD | {"born": "1900-1-1"})), act="line")
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not Student.objects.filter(name="马小军").exists()


class TestTwins:
    """Duplicates by identity number, and by name and birthday."""

    @pytest.fixture(autouse=True)
    def known(self, cast):
        Student.objects.filter(pk=cast.students["mengyao"].pk).update(
            id_number="620622201705040422"
        )

    def test_the_number_of_another_child(self, cast, teacher):
        answer = post(teacher, cast, line(name="王一鸣", id_number="620622201705040422"))
        assert list(wrong(answer)) == [(0, "id_number")]

    def test_the_name_and_birthday_of_another_child_unless_it_is_another(self, cast, teacher):
        twin = line(name="徐梦瑶", born="2017-05-04")
        answer = post(teacher, cast, twin)
        assert list(wrong(answer)) == [(0, "name")]
        assert 'name="0-other"' in answer.content.decode()
        assert post(teacher, cast, twin | {"other": "1"}).status_code == 302
        assert Student.objects.filter(name="徐梦瑶").count() == 2

    def test_the_same_child_twice_on_one_sheet(self, cast, teacher):
        answer = post(teacher, cast, line(**CHILD), line(**CHILD))
        assert list(wrong(answer)) == [(1, "name")]

    def test_a_child_of_that_name_at_another_school_is_no_twin(self, cast, teacher):
        assert post(teacher, cast, line(name="马思源", born="2017-05-04")).status_code == 302


class TestOnePersonOneRecord:
    def test_brother_and_sister_on_one_sheet_have_one_mother(self, cast, teacher):
        post(teacher, cast, line(**CHILD, **MOTHER), line(name="马小花", **MOTHER))
        assert Adult.objects.filter(name="何秀英").count() == 1
        assert ContactPoint.objects.filter(address="+8613893517702").count() == 1
        assert Guardianship.objects.filter(adult__name="何秀英").count() == 2

    def test_a_mother_who_is_on_record_already(self, cast, teacher):
        post(teacher, cast, line(name="徐小妹", mother="王芳", mother_phone="13893510001"))
        mother = Adult.objects.get(name="王芳")
        assert mother.guardianships.count() == 3
        assert Migration.objects.filter(adult=mother).count() == 1

    def test_another_person_with_that_number_is_another_record(self, cast, teacher):
        post(
            teacher,
            cast,
            line(name="徐小妹", carer="王大妈", carer_relation="邻居", carer_phone="13893510001"),
        )
        assert Adult.objects.filter(name="王大妈").exists()

    def test_a_blocked_father_is_not_joined_to_a_new_child(self, cast, teacher):
        post(teacher, cast, line(name="徐小妹", father="徐建军", father_phone="13893510002"))
        child = Student.objects.get(name="徐小妹")
        tie = Guardianship.objects.get(student=child)
        assert tie.adult_id != cast.adults["father"].pk

    def test_a_mother_who_cares_is_one_person(self, cast, teacher):
        post(
            teacher,
            cast,
            line(
                name="徐小妹",
                mother="何秀英",
                mother_place="在家",
                carer="何秀英",
                carer_relation="妈妈",
                carer_phone="13893517702",
            ),
        )
        assert Adult.objects.filter(name="何秀英").count() == 1
        kinds = Guardianship.objects.filter(adult__name="何秀英").values_list("kind", flat=True)
        assert sorted(kinds) == ["carer", "parent"]


@pytest.mark.parametrize("role", ["teacher", "next_teacher", "admin", "counsellor", "far_teacher"])
def test_only_classes_whose_files_one_may_edit(cast, client, role):
    client.force_login(cast.users[role])
    answer = post(client, cast, line(name="王一鸣"))
    may = role in ("teacher", "admin")
    assert answer.status_code == (302 if may else 404)
    assert Student.objects.filter(name="王一鸣").exists() == may


def test_more_lines_without_script_keep_what_was_typed(cast, teacher):
    answer = post(teacher, cast, line(**(CHILD | {"born": "1900-1-1"})), act="more")
    assert len(answer.context["lines"]) == 9
    page = answer.content.decode()
    assert 'value="马小军"' in page
    assert 'value="1900-1-1"' in page


def test_a_whole_class_costs_few_queries_more_than_one_child(
    cast, teacher, django_assert_max_num_queries
):
    def child(number):
        return line(
            name=f"王小{'一二三四五六七八九十'[number % 10]}{'甲乙丙丁戊'[number // 10]}",
            father=f"王父{number}",
            father_phone=f"138935{number:05d}",
            born=f"{timezone.localdate() - timedelta(days=3300 + number)}",
        )

    with django_assert_max_num_queries(60) as one:
        post(teacher, cast, child(0))
    with django_assert_max_num_queries(60 + 40 * 6) as many:
        post(teacher, cast, *(child(number) for number in range(1, 41)))
    assert Enrolment.objects.filter(student__name__startswith="王小").count() == 41
    assert len(many) - len(one) <= 39 * 5


class TestAClassOfTheYearToCome:
    @pytest.fixture
    def coming(self, cast):
        """一年级1班 of the year that begins in three weeks; today runs the cast's own."""
        first = timezone.localdate() + timedelta(days=21)
        SchoolYear.objects.filter(school=cast.school).update(ends_on=first - timedelta(days=1))
        year = SchoolYear.objects.create(
            school=cast.school, starts_on=first, ends_on=first + timedelta(days=300)
        )
        return add_class(school=cast.school, year=year, grade=1, number=1)

    @pytest.fixture
    def admin(self, client, cast):
        client.force_login(cast.users["admin"], "django.contrib.auth.backends.ModelBackend")
        return client

    def test_the_office_enters_its_children_before_it_begins(self, cast, admin, coming):
        first = coming.grade.year.starts_on
        url = f"{reverse('staff:entry_sheet')}?class={coming.pk}"
        page = admin.get(url)
        labels = [tab["label"] for tab in page.context["class_tabs"]]
        assert labels[:2] == ["三年级1班", "三年级2班"]
        assert "一年级1班" in labels[2]
        assert str(first.year) in labels[2]
        assert page.context["since"].initial["starts_on"] == first
        answer = post(admin, cast, line(**CHILD), school_class=coming, starts_on=f"{first}")
        assert answer.url == url
        child = Student.objects.get(name="马小军")
        assert class_of(child, first).school_class == coming
        assert class_of(child, timezone.localdate()) is None
        assert child.picture_code
        assert "一年级1班" in admin.get(answer.url).content.decode()

    def test_not_into_it_before_its_first_day(self, cast, admin, coming):
        today = timezone.localdate()
        answer = post(admin, cast, line(**CHILD), school_class=coming, starts_on=f"{today}")
        assert answer.status_code == 422
        assert not Student.objects.filter(name="马小军").exists()

    def test_a_class_teacher_enters_their_own_class_only(self, cast, teacher, coming):
        url = f"{reverse('staff:entry_sheet')}?class={coming.pk}"
        assert teacher.get(url).status_code == 404
