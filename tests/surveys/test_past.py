"""Results from before: what is wrong in which cell, on which ground, who sees them, and taken back."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessRecord
from core import clock
from safeguarding.early_warning.facts import facts_of
from students import barriers
from surveys import shipped
from surveys.changes import since_last
from surveys.models import PastImport, PastScore
from surveys.past import actions, presenters, queries, rules
from surveys.past.rules import CLASS, NAME, NUMBER, SCALE, VALIDITY, Child
from surveys.queries import result_of
from surveys.rules import SHOWN_FROM
from tests.days import today
from tests.factories.accounts import say
from tests.factories.cast import Cast, make_student
from tests.factories.pulses import keep_sheet, read_sheet, sheet
from tests.factories.surveys import answer, keep_scale, say_yes, seat_of

pytestmark = pytest.mark.django_db
MHT = shipped.instruments()["mht"]
MAPPING = {0: NAME, 1: CLASS, 2: SCALE + "total", 3: SCALE + "study", 4: VALIDITY, 5: NUMBER}
MOST = {"total": Decimal(90), "study": Decimal(15)}
CHILDREN = [
    Child(1, "王小雨", "G1", frozenset({"三年级1班"})),
    Child(2, "李明", "G2", frozenset({"三年级1班"})),
    Child(3, "李明", "G3", frozenset({"四年级2班"})),
    Child(4, "赵静", "G4", why_not="refused"),
    Child(5, "马强", "G5", why_not="no_consent"),
    Child(6, "周玲", "G6", has_result=True),
]


def signed_in(cast: Cast, key: str) -> Client:
    client = Client()
    client.force_login(cast.users[key], "django.contrib.auth.backends.ModelBackend")
    return client


def body(response) -> str:
    return response.content.decode()


class TestCells:
    @pytest.mark.parametrize(
        ("cells", "problems"),
        [
            (["王小雨", "", "40", "9", "2", ""], {}),
            ([" 王 小雨 ", "", "40", "", "", ""], {}),
            (["王小雨", "", "", "", "", "G2"], {0: "other_name"}),
            (["", "", "40", "9", "", ""], {0: "no_name"}),
            (["孙悟空", "", "40", "9", "", ""], {0: "nobody"}),
            (["李明", "", "40", "9", "", ""], {0: "several"}),
            (["李明", "四年级2班", "40", "9", "", ""], {}),
            (["李明", "五年级1班", "40", "9", "", ""], {0: "several"}),
            (["李明", "", "40", "9", "", "G3"], {}),
            (["赵静", "", "40", "9", "", ""], {-1: "refused"}),
            (["马强", "", "40", "9", "", ""], {-1: "no_consent"}),
            (["周玲", "", "40", "9", "", ""], {-1: "has_result"}),
            (["王小雨", "", "四十", "9", "", ""], {2: "no_number"}),
            (["王小雨", "", "91", "9", "", ""], {2: "out_of_range"}),
            (["王小雨", "", "-1", "16", "", ""], {2: "out_of_range", 3: "out_of_range"}),
            (["王小雨", "", "4.125", "", "", ""], {2: "no_number"}),
            (["王小雨", "", "NaN", "", "", ""], {2: "no_number"}),
            (["王小雨", "", "1e9", "", "", ""], {2: "no_number"}),
            (["王小雨", "", "", "", "2", ""], {-1: "no_value"}),
            (["王小雨", "", "40", "9", "7", ""], {4: "void"}),
            (["王小雨", "", "40", "9", "?", ""], {4: "no_number"}),
            (["王小雨"], {-1: "no_value"}),
        ],
    )
    def test_each_cell_says_what_is_wrong_with_it(self, cells, problems):
        row = rules.check([["3", *cells]], MAPPING, MHT, MOST, CHILDREN)[0]
        assert {column: one.code for column, one in row.problems.items()} == problems
        assert row.goes_in is not bool(problems)
        for one in row.problems.values():
            assert str(presenters.PROBLEM_WORDS[one.code]) % dict(one.facts)

    def test_a_child_in_two_rows_goes_in_by_neither(self):
        lines = [["3", "王小雨", "", "40", ""], ["9", "王小雨", "", "41", ""]]
        rows = rules.check(lines, MAPPING, MHT, MOST, CHILDREN)
        assert [row.problems[-1].code for row in rows] == ["twice", "twice"]

    def test_a_total_that_is_no_sum_of_its_parts_is_kept_and_said(self):
        instrument = shipped.instruments()["sdq"]
        parts = ("total", "emotional", "conduct", "activity", "peers")
        mapping = {0: NAME} | {n: SCALE + part for n, part in enumerate(parts, start=1)}
        most = dict.fromkeys(parts, Decimal(40))
        cells = ["王小雨", "13", "3", "2", "3", "2"]
        row = rules.check([["2", *cells]], mapping, instrument, most, CHILDREN)[0]
        assert row.goes_in
        assert row.notes[1].code == "total_differs"
        assert row.notes[1].facts == {"sum": "10"}
        cells[1] = "10"
        assert not rules.check([["2", *cells]], mapping, instrument, most, CHILDREN)[0].notes

    def test_headings_of_printed_score_sheets_are_known(self):
        guessed = rules.guess(["学籍号", "学生姓名", "班 级", "MHT总分", "学习焦虑", "备注"], MHT)
        assert guessed == {0: NUMBER, 1: NAME, 2: CLASS, 3: SCALE + "total", 4: SCALE + "study"}

    def test_the_highest_sum_follows_from_the_definition(self):
        assert queries.highest_of(MHT)["total"] == 90
        assert queries.highest_of(MHT)["study"] == 15


class TestKeeping:
    def test_only_what_is_right_goes_in_and_the_sheet_is_forgotten(self, cast):
        read = read_sheet(
            cast,
            sheet(
                [cast.students["mengyao"].name, "", "40", "9", "2"],
                [cast.students["xiaobao"].name, "", "95", "3", "1"],
                ["孙悟空", "", "10", "3", "1"],
            ),
        )
        kept = keep_sheet(cast, read)
        assert (kept.children, kept.lines) == (1, [])
        scores = {one.scale: one.value for one in PastScore.objects.all()}
        assert scores == {"total": 40, "study": 9}
        assert AccessRecord.objects.filter(what="past_results").count() == 1
        with pytest.raises(actions.Refused):
            keep_sheet(cast, read)

    def test_a_family_s_no_of_today_outweighs_its_yes_of_then(self, cast):
        read = read_sheet(cast)
        say_yes(cast, decision="refused")
        assert keep_sheet(cast, read).children == 2

    def test_on_the_ground_of_today_each_family_must_agree(self, cast):
        say_yes(cast)
        kept = keep_sheet(cast, ground=PastImport.Ground.NOW, ground_words="")
        assert kept.children == 1

    def test_the_same_survey_comes_in_once_for_a_child(self, cast):
        keep_sheet(cast)
        with pytest.raises(actions.Refused):
            keep_sheet(cast)
        assert keep_sheet(cast, taken_on=date(2025, 5, 6)).children == 3

    def test_taken_back_within_24_hours_nothing_is_left(self, cast):
        kept, at = keep_sheet(cast), clock.now()
        told = {"past": kept, "by": cast.users["counsellor"]}
        with pytest.raises(actions.Refused):
            actions.take_back(**told, at=at + timedelta(hours=24, minutes=1))
        assert PastScore.objects.count() == 6
        for _again in range(2):
            actions.take_back(**told, at=at + timedelta(hours=23))
        kept.refresh_from_db()
        assert (PastScore.objects.count(), kept.state) == (0, "taken_back")
        assert keep_sheet(cast).children == 3

    def test_a_sheet_that_nobody_kept_is_deleted_after_a_day(self, cast):
        read, at = read_sheet(cast), clock.now()
        kept = keep_sheet(cast)
        assert actions.forget_drafts(at=at + timedelta(hours=23)) == 0
        assert actions.forget_drafts(at=at + timedelta(hours=25)) == 1
        assert not PastImport.objects.filter(pk=read.pk).exists()
        assert PastImport.objects.filter(pk=kept.pk).exists()


class TestSeen:
    def test_the_counsellor_alone_sees_them_over_time(self, cast):
        keep_sheet(cast)
        page = reverse("surveys:over_time", args=[cast.students["mengyao"].pk])
        assert "学习上的担心" in body(signed_in(cast, "counsellor").get(page))
        for other in ("teacher", "principal", "admin"):
            assert signed_in(cast, other).get(page).status_code == 404

    def test_a_no_hides_them_at_once(self, cast):
        keep_sheet(cast)
        say_yes(cast, decision="refused")
        assert not queries.results_of(cast.students["mengyao"], timezone.localdate(clock.now()))

    def test_they_raise_no_hint(self, cast):
        def scores() -> list:
            on = timezone.localdate(clock.now())
            rows = facts_of([cast.school.pk], on)
            return [(facts.score_is_worse, facts.scored_on) for _child, _school, facts in rows]

        before = scores()
        keep_sheet(cast)
        assert scores() == before == [(False, None)] * len(before)

    def test_the_first_round_here_says_what_has_changed(self, cast):
        edition = keep_scale(
            cast, change=[{"scale": "total", "r": 0.8, "source": "x", "sd": 1.0, "sd_source": "y"}]
        )
        said = {"instrument": edition.instrument, "respondent": "pupil"}
        content = sheet([cast.students["mengyao"].name, "1"], headers=("姓名", "总分"))
        keep_sheet(cast, read_sheet(cast, content, **said))
        seat = answer(seat_of(cast, choice=str(edition.pk)), {"one": "3", "two": "3", "three": "0"})
        shown = since_last(seat, result_of(seat), today())
        assert shown["seat"] is None
        assert [(row.before, row.after) for row in shown["rows"]] == [("1", "6")]
        assert "明显" in shown["rows"][0].words
        page = body(signed_in(cast, "counsellor").get(reverse("surveys:child", args=[seat.pk])))
        assert "学校导入的" in page
        say(cast, "screening", "withdrawn")
        page = body(signed_in(cast, "counsellor").get(reverse("surveys:child", args=[seat.pk])))
        assert "学校导入的" not in page

    def test_a_parent_s_form_is_not_compared_with_the_child_s_own(self, cast):
        edition = keep_scale(cast)
        content = sheet([cast.students["mengyao"].name, "1"], headers=("姓名", "总分"))
        keep_sheet(
            cast, read_sheet(cast, content, instrument=edition.instrument, respondent="parent")
        )
        seat = answer(seat_of(cast, choice=str(edition.pk)), {"one": "3", "two": "3", "three": "0"})
        assert since_last(seat, result_of(seat), today()) is None

    def test_counts_for_the_county_hide_small_numbers(self, cast):
        names = [
            make_student(cast.school_class, f"郑{'甲乙丙丁戊己庚辛壬癸子丑'[n]}").name
            for n in range(12)
        ]
        rows = [[name, "", "70" if n < 2 else "30", "3", "0"] for n, name in enumerate(names)]
        kept = keep_sheet(cast, read_sheet(cast, sheet(*rows)))
        content = presenters.counts_file(kept).decode("utf-8-sig")
        assert SHOWN_FROM == 10
        assert not any(name in content for name in names)
        total = next(line for line in content.splitlines() if line.startswith("总分,"))
        assert "2" not in total.replace("10", "")


class TestPages:
    def post(self, cast: Cast, **fields):
        given = {
            "key": "mht",
            "respondent": "pupil",
            "taken_on": str(timezone.localdate(clock.now()) - timedelta(days=300)),
            "ground": "then",
            "ground_words": "文件柜",
            "file": SimpleUploadedFile(
                "a.csv", sheet([cast.students["mengyao"].name, "", "95", "9", "1"])
            ),
        }
        return signed_in(cast, "counsellor").post(reverse("surveys:past_list"), given | fields)

    def test_from_the_file_to_what_is_wrong_in_which_cell(self, cast):
        opened = self.post(cast)
        read = PastImport.objects.get()
        assert opened.url == reverse("surveys:past", args=[read.pk])
        page = body(signed_in(cast, "counsellor").get(opened.url))
        assert "这个得分应在 0 到 90 之间" in page

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"ground_words": ""}, "请写明在哪里可以查到"),
            ({"taken_on": "2035-01-01"}, "还没过完"),
            ({"taken_on": "2001-01-01"}, "年以前"),
            ({"respondent": "staff"}, "不是由他们填的"),
            ({"file": SimpleUploadedFile("a.csv", b"")}, "文件是空的"),
            ({"file": SimpleUploadedFile("a.pdf", b"%PDF-1.7")}, "不是表格"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field(self, cast, fields, said):
        response = self.post(cast, **fields)
        assert response.status_code == 422
        assert said in body(response)
        assert not PastImport.objects.exists()

    def test_columns_are_named_by_the_counsellor(self, cast):
        read = read_sheet(cast)
        page = reverse("surveys:past_columns", args=[read.pk])
        client = signed_in(cast, "counsellor")
        bad = client.post(page, {"c0": NAME, "c2": SCALE + "total", "c3": SCALE + "total"})
        assert bad.status_code == 422
        assert client.post(page, {"c2": SCALE + "total"}).status_code == 422
        assert client.post(page, {"c0": NAME}).status_code == 422
        client.post(page, {"c0": NAME, "c2": SCALE + "body", "c9": "x"})
        read.refresh_from_db()
        assert read.mapping == {"0": NAME, "2": SCALE + "body"}

    def test_keep_take_back_and_delete_by_their_buttons(self, cast):
        client, read = signed_in(cast, "counsellor"), read_sheet(cast)
        client.post(reverse("surveys:past_keep", args=[read.pk]))
        assert PastScore.objects.count() == 6
        page = body(client.get(reverse("surveys:past", args=[read.pk])))
        assert reverse("surveys:past_counts", args=[read.pk]) in page
        client.post(reverse("surveys:past_take_back", args=[read.pk]))
        assert not PastScore.objects.exists()
        other = read_sheet(cast)
        client.post(reverse("surveys:past_keep", args=[other.pk]), {"discard": "1"})
        assert not PastImport.objects.filter(pk=other.pk).exists()

    def test_another_school_s_sheet_is_not_there(self, cast):
        read = read_sheet(cast)
        PastImport.objects.update(school=cast.other_school)
        page = reverse("surveys:past", args=[read.pk])
        assert signed_in(cast, "counsellor").get(page).status_code == 404

    def test_a_child_whose_file_is_closed_to_the_counsellor_is_nobody(self, cast):
        barriers.set_barrier(
            student=cast.students["mengyao"],
            user=cast.users["counsellor"],
            reason="亲戚",
            by=cast.users["principal"],
            at=clock.now(),
        )
        assert keep_sheet(cast).children == 2
