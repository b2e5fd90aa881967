"""The civil affairs office's list compared with the school's own children."""

import csv
import io
from datetime import date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook

from rosters.civil import actions
from rosters.civil.reading import is_other_school
from rosters.civil.rules import KEPT_DAYS, Ours, Theirs, Why, compare, fits
from rosters.models import CivilList
from students.actions import leave_school
from students.models import Barrier, Student
from tests.factories.cast import make_adult, make_guardianship, make_student, send_away
from tests.rosters.conftest import PATHS, rows_of

HEAD = (
    "序号",
    "姓名",
    "身份证号",
    "性别",
    "出生日期",
    "就读学校",
    "班级",
    "父母外出情况",
    "监护人",
)
NUMBER = "620622201705040423"


def table(*rows, head=HEAD) -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.append(["古浪县农村留守儿童花名册"])
    sheet.append(list(head))
    for row in rows:
        sheet.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def row(name, number="", born_on="", school="", n=1):
    return (n, name, number, "女", born_on, school, "三年级2班", "双方外出", "李秀兰")


def give(client, content, name="留守儿童.xlsx"):
    return client.post(reverse("rosters:civil_list"), {"file": SimpleUploadedFile(name, content)})


def tab(client, key):
    return client.get(reverse("rosters:civil_list"), {"tab": key}).context


def counts(client):
    found = client.get(reverse("rosters:civil_list")).context["found"]
    keys = ("both", "otherwise", "possible", "only_theirs", "only_ours")
    return {key: len(getattr(found, key)) for key in keys}


@pytest.fixture
def left_behind(cast):
    """A child who counts as left behind by law: both parents are away."""
    child = make_student(cast.school_class, "马小军", born_on=date(2017, 5, 4))
    for name, relation in (("何秀英", "mother"), ("马强", "father")):
        adult = make_adult(cast.school, name)
        make_guardianship(child, adult, relation)
        send_away(adult, "西安")
    return child


class TestComparison:
    def test_each_child_stands_where_it_belongs(self, cast, admin, left_behind):
        at_home = make_student(cast.school_class, "赵小丽", born_on=date(2016, 1, 2))
        for name, relation in (("赵强", "father"), ("孙梅", "mother")):
            adult = make_adult(cast.school, name)
            make_guardianship(at_home, adult, relation, has_capacity=True)
            move = send_away(adult, "")
            move.is_away, move.place = False, ""
            move.save()
        ours = make_student(cast.school_class, "钱小明", born_on=date(2016, 3, 4))
        for name, relation in (("钱强", "father"), ("周梅", "mother")):
            adult = make_adult(cast.school, name)
            make_guardianship(ours, adult, relation)
            send_away(adult, "深圳")
        content = table(
            row("马小军", born_on="2017年5月4日"),
            row("赵 小丽", born_on="2016.1.2"),
            row("没有人", born_on="2015-02-03"),
            row("马晓军", born_on=20170504),
            row("徐梦瑶", born_on="2011-01-01"),
        )
        assert give(admin, content).status_code == 302
        assert counts(admin) == {
            "both": 1,
            "otherwise": 1,
            "possible": 2,
            "only_theirs": 1,
            "only_ours": 2,  # including 徐小宝
        }
        assert [line.name for line in tab(admin, "only_theirs")["shown"]] == ["没有人"]
        (otherwise,) = tab(admin, "otherwise")["shown"]
        assert otherwise.children == (at_home,)
        assert otherwise.words == ("父母都没有外出",)
        sounds, day = tab(admin, "possible")["shown"]
        assert (sounds.children, day.children) == ((left_behind,), (cast.students["mengyao"],))
        page = admin.get(reverse("rosters:civil_list"), {"tab": "only_ours"}).content.decode()
        assert reverse("staff:child", args=[ours.pk]) in page
        assert reverse("staff:child", args=[left_behind.pk]) not in page
        # of all of them, not only of this page
        ledger = reverse("staff:papers_ledger") + "?list=civil"
        assert ledger in page
        assert len(admin.get(ledger).context["children"]) == 2
        teacher = Client()
        teacher.force_login(cast.users["teacher"], "django.contrib.auth.backends.ModelBackend")
        assert teacher.get(ledger).status_code == 404

    def test_nothing_of_the_children_changes(self, cast, admin, left_behind):
        tables = [path.lower().replace(".", "_") for path in PATHS]
        before = {name: rows_of(name) for name in tables}
        give(admin, table(row("马小军", NUMBER, "2017-05-04"), row("新来的", born_on="2016-02-03")))
        assert {name: rows_of(name) for name in tables} == before

    def test_a_child_that_left_is_told_so(self, cast, admin, left_behind):
        leave_school(
            student=left_behind,
            left_on=timezone.localdate() - timedelta(days=3),
            reason="to_parents",
            left_to="西安",
            by=cast.users["admin"],
        )
        give(admin, table(row("马小军", born_on="2017-05-04")))
        page = admin.get(reverse("rosters:civil_list")).content.decode()
        assert "现在不在本校" in page

    def test_of_a_child_that_the_reader_may_not_see_nothing_is_told(self, cast, admin, left_behind):
        """No tab shows lines about this child, whether unmatched, duplicate or unreadable."""
        give(
            admin,
            table(
                row("马小军", born_on="2017-05-04"),
                row("马小军", born_on="2017-05-05"),  # may mean the same child
                row("马晓军", born_on="2017-05-04", school="大靖小学"),
                row("马小军", "12345", "2017-05-04"),  # with a cell that cannot be read
                row("没有人", born_on="2015-02-03"),
            ),
        )
        found = tab(admin, "both")["found"]
        assert (len(found.both), len(found.unread)) == (1, 1)
        Barrier.objects.create(
            student=left_behind,
            user=cast.users["admin"],
            school=cast.school,
            reason="本人亲属",
            set_by=cast.users["principal"],
            set_at=timezone.now(),
        )
        for key in tab(admin, "both")["tabs"]:
            page = admin.get(reverse("rosters:civil_list") + key["url"][key["url"].index("?") :])
            assert "小军" not in page.content.decode(), key["label"]
            assert "晓军" not in page.content.decode(), key["label"]
        assert counts(admin) | {"only_theirs": 1, "both": 0, "possible": 0} == counts(admin)
        found = tab(admin, "both")["found"]
        assert (found.twice, found.unread) == ([], [])

    def test_rows_of_other_schools_stand_by_themselves_with_their_school(
        self, cast, admin, left_behind
    ):
        give(
            admin,
            table(
                row("马小军", born_on="2017-05-04", school=cast.school.name),
                row("别处的", born_on="2016-02-03", school="大靖小学"),
            ),
        )
        assert tab(admin, "only_theirs")["shown"] == []
        (line,) = tab(admin, "elsewhere")["shown"]
        assert (line.name, "大靖小学" in line.about) == ("别处的", True)

    def test_a_line_that_may_mean_a_child_is_looked_at_whatever_school_it_names(
        self, cast, admin, left_behind
    ):
        give(admin, table(row("马晓军", born_on="2017-05-04", school="大靖小学")))
        assert counts(admin)["possible"] == 1
        (line,) = tab(admin, "possible")["shown"]
        assert line.children == (left_behind,)
        assert len(line.words) == 2
        assert tab(admin, "elsewhere")["found"].elsewhere == []

    def test_each_change_of_a_file_shows_at_once(self, cast, admin, left_behind):
        give(admin, table(row("马小军", born_on="2017-05-05")))
        assert counts(admin)["possible"] == 1
        Student.objects.filter(pk=left_behind.pk).update(born_on=date(2017, 5, 5))
        assert counts(admin) | {"possible": 0, "both": 1} == counts(admin)

    def test_looking_costs_as_many_queries_for_many_lines(
        self, admin, left_behind, django_assert_max_num_queries
    ):
        give(admin, table(row("马小军", born_on="2017-05-04")))
        admin.get(reverse("rosters:civil_list"))
        with django_assert_max_num_queries(60) as few:
            admin.get(reverse("rosters:civil_list"))
        many = [row(f"王小{chr(0x4E00 + n)}", born_on="2016-05-04") for n in range(120)]
        give(admin, table(row("马小军", born_on="2017-05-04"), *many))
        admin.get(reverse("rosters:civil_list"), {"tab": "only_theirs"})
        with django_assert_max_num_queries(60) as more:
            admin.get(reverse("rosters:civil_list"), {"tab": "only_theirs"})
        assert len(more) <= len(few)


class TestBadInput:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"%PDF-1.7 ...", "不是表格"),
            (b"", "空"),
            (table(("1", "x"), head=("序号", "备注")), "姓名"),
            (table(("1", "马小军", "三2"), head=("序号", "姓名", "班级")), "出生日期"),
        ],
    )
    def test_a_file_that_is_no_list_is_refused_and_the_last_one_stays(
        self, cast, admin, left_behind, content, words
    ):
        give(admin, table(row("马小军", born_on="2017-05-04")))
        answer = give(admin, content)
        assert answer.status_code == 422
        assert words in "".join(answer.context["form"].errors["file"])
        assert CivilList.objects.get().lines[0]["name"] == "马小军"

    def test_a_book_with_a_sheet_for_each_class_is_refused(self, cast, admin, left_behind):
        """If we read only one sheet, the office would seem to lack the children of the others."""
        book = Workbook()
        for name, child in (("三年级2班", "马小军"), ("四年级1班", "宋三"), ("五年级1班", "宋四")):
            sheet = book.create_sheet(name)
            sheet.append(list(HEAD))
            sheet.append(list(row(child, born_on="2017-05-04")))
        book.create_sheet("说明").append(["请勿修改"])
        stream = io.BytesIO()
        book.save(stream)
        answer = give(admin, stream.getvalue())
        assert answer.status_code == 422
        told = "".join(answer.context["form"].errors["file"])
        assert "四年级1班" in told
        assert "五年级1班" in told
        assert "说明" not in told
        assert not CivilList.objects.exists()

    def test_a_cell_that_cannot_be_read_is_told_at_its_row(self, cast, admin, left_behind):
        give(
            admin,
            table(
                row("马小军", 6.20622e17, "2017-05-04"),
                row("李小红", "", "2017-13-40"),
                row("", "", "2017-05-04"),
                row("马小军", "", "2017-05-04"),
            ),
        )
        lines = tab(admin, "unread")["shown"]
        assert [line.number for line in lines] == [3, 4, 5, 6]
        assert "Excel" in lines[0].words[0]
        assert "第 3 行" in lines[3].words[0]
        # The line with the rounded number is still compared.
        assert counts(admin)["both"] == 1

    def test_six_thousand_rows(self, admin, left_behind):
        stream = io.StringIO()
        lines = csv.writer(stream)
        lines.writerow(["姓名", "出生日期", "学校"])
        for n in range(6000):
            name = f"王{chr(0x4E00 + n // 70)}{chr(0x5E00 + n % 70)}"
            lines.writerow([name, f"2016/{n % 12 + 1}/{n % 28 + 1}", "大靖小学"])
        lines.writerow(["马小军", "2017/5/4", ""])
        assert give(admin, stream.getvalue().encode("gb18030"), "a.csv").status_code == 302
        found = admin.get(reverse("rosters:civil_list")).context["found"]
        assert (len(found.both), len(found.elsewhere)) == (1, 6000)


def test_the_list_goes_after_its_days_and_by_hand(cast, admin):
    at = timezone.make_aware(datetime(2026, 11, 25, 10, 0))
    for days, stays in ((KEPT_DAYS - 1, 1), (KEPT_DAYS + 1, 0)):
        actions.take(
            school=cast.school,
            content=table(row("马小军", born_on="2017-05-04")),
            file_name="a.xlsx",
            by=cast.users["admin"],
            at=at,
        )
        # Nobody sees it from then on, even if the task that deletes it runs later.
        CivilList.objects.update(uploaded_at=timezone.now() - timedelta(days=days, seconds=-9))
        assert bool(admin.get(reverse("rosters:civil_list")).context["kept"]) == bool(stays)
        CivilList.objects.update(uploaded_at=at)
        actions.forget_old(at=at + timedelta(days=days))
        assert CivilList.objects.count() == stays
    give(admin, table(row("马小军", born_on="2017-05-04")))
    admin.post(reverse("rosters:civil_list_delete"))
    assert not CivilList.objects.exists()


# --- Rules ---------------------------------------------------------------------------------------
DAY = date(2017, 5, 4)


def ours(pk=1, name="马小军", born_on=DAY, number=""):
    return Ours(pk, name, "ma xiaojun", born_on, number)


def theirs(name="马小军", born_on=DAY, number="", sounds="ma xiaojun", n=5):
    return Theirs(n, name, sounds, born_on, number, "", is_elsewhere=False)


@pytest.mark.parametrize(
    ("line", "child", "why"),
    [
        (theirs(), ours(), None),
        (theirs(name="买买提·艾力"), ours(name="买买提艾力"), None),
        (theirs(born_on=None, number="620622********0423"), ours(number=NUMBER), None),
        (theirs(number=NUMBER, name="马军"), ours(number=NUMBER), None),
        (theirs(born_on=None, number="620622********0423"), ours(), Why.NAME_ONLY),
        (theirs(number="620622201705040555"), ours(number=NUMBER), Why.OTHER_NUMBER),
        (theirs(born_on=date(2016, 5, 4)), ours(), Why.OTHER_DAY),
        (theirs(name="马晓军"), ours(), Why.OTHER_SIGNS),
        (theirs(born_on=None), ours(), Why.NAME_ONLY),
    ],
)
def test_a_line_is_a_child_or_asks_why_not(line, child, why):
    done = compare([line], [child])
    assert [one.why for one in done.possible] == ([why] if why else [])
    assert (child.pk in done.found) == (why is None)


def test_two_children_of_one_name_and_day_are_for_a_person():
    done = compare([theirs()], [ours(1), ours(2)])
    assert [(one.why, one.children) for one in done.possible] == [(Why.SEVERAL, (1, 2))]


def test_a_line_that_comes_again_counts_once():
    done = compare([theirs(n=5), theirs(n=9)], [ours()])
    assert [(line.number, first) for line, first in done.twice] == [(9, 5)]
    assert list(done.found) == [1]


def test_covered_digits_fit_whatever_they_hide():
    assert fits(NUMBER, "620622********0423")
    assert not fits(NUMBER, "620622********0424")
    assert not fits(NUMBER, "620622****0423")


OURS = "古浪县大靖镇中心小学"


@pytest.mark.parametrize(
    ("where", "school"),
    [
        *[
            (words, OURS)
            for words in (
                "",
                "无",
                "同上",
                "〃",
                "″",
                '"',
                "/",
                "—",
                "本校",
                "我校",
                "不详",
                "西安",
            )
        ],
        *[
            (words, OURS)
            for words in ("已辍学", "未入学", "待业", "未上小学", "小学毕业", "辍学（原大靖二中）")
        ],
        ("大靖小学", "古浪县大靖镇小学"),
        ("大靖中心小学", OURS),
        ("大靖小学", OURS),
        ("大靖镇 中心小学", OURS),
        ("甘肃省古浪县大靖小学", OURS),
        ("古浪县大靖镇中心完全小学", OURS),
        ("大靖完小", "古浪县大靖镇完全小学"),
        ("古浪县大靖镇小学", "大靖小学"),
    ],
)
def test_what_names_no_school_or_a_short_form_of_ours_is_not_elsewhere(where, school):
    assert not is_other_school(where, school)


@pytest.mark.parametrize(
    "where",
    ["土门小学", "大靖初级中学", "大靖二中", "古浪县土门镇中心小学", "西安市未央区第一小学"],
)
def test_another_school_is_elsewhere(where):
    assert is_other_school(where, OURS)
