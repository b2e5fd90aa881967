"""Trainings of staff, and the yearly review: one's own, the principal's list, and counts only."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from core import clock
from core.days import full_day
from learning.curriculum import actions as curriculum
from learning.models import StaffPlan, Training
from learning.training import queries, rules
from learning.training.work import work_for
from schools.models import Post
from schools.policies import today_in
from tests.factories.cast import make_post, make_user
from tests.factories.files import as_file, photo
from tests.factories.learning import planned, sent, term, training
from tests.learning.test_pages import client_of
from tests.pdfs import text_of_pdf
from uploads.models import Upload

pytestmark = pytest.mark.django_db
LIST = "/learning/trainings/"
PLAN = "/learning/trainings/plan/"


def said(cast, **more):
    on = today_in(cast.school, clock.now()).isoformat()
    given = {
        "key": "0b8a3c4e-0000-4000-8000-000000000001",
        "user": cast.users["teacher"].pk,
        "kind": "support",
        "title": "儿童心理急救",
        "hours": 8,
        "ended_on": on,
    }
    return given | more


class TestTrainings:
    def test_written_down_by_oneself_with_a_certificate(self, cast):
        client = client_of(cast, "teacher")
        answer = client.post(LIST, said(cast, certificate=as_file(photo())))
        assert answer.status_code == 302
        row = Training.objects.get()
        assert (row.user, row.hours, row.noted_by) == (
            cast.users["teacher"],
            8,
            cast.users["teacher"],
        )
        picture = client.get(reverse("learning:certificate", args=[row.pk]))
        assert picture["Content-Type"] == "image/jpeg"
        html = client.get(LIST).content.decode()
        assert "儿童心理急救" in html
        assert "本学年8学时" in html

    @pytest.mark.parametrize("has_photo", [True, False])
    def test_sent_twice_it_is_one_and_can_be_removed(self, cast, has_photo):
        client = client_of(cast, "teacher")
        for _time in range(2):
            more = {"certificate": as_file(photo())} if has_photo else {}
            assert client.post(LIST, said(cast, **more)).status_code == 302
        (row,) = Training.objects.all()
        assert client.post(reverse("learning:training_remove", args=[row.pk])).status_code == 302
        assert not Training.objects.exists()
        assert not Upload.objects.exists()

    def test_a_page_gone_back_to_gives_each_training_its_own_photo(self, cast):
        """The browser's Back brings the same page, with its key, for the certificate of a colleague."""
        admin = client_of(cast, "admin")
        for who, wide in (("teacher", 640), ("counsellor", 320)):
            more = {"user": cast.users[who].pk, "certificate": as_file(photo(wide, 240))}
            assert admin.post(LIST, said(cast, **more)).status_code == 302
        wide = {row.user: row.certificate.width for row in Training.objects.all()}
        assert wide == {cast.users["teacher"]: 640, cast.users["counsellor"]: 320}
        row = Training.objects.get(user=cast.users["teacher"])
        assert admin.post(reverse("learning:training_remove", args=[row.pk])).status_code == 302
        assert Upload.objects.get().width == 320

    def test_a_photo_that_two_share_goes_with_the_second(self, cast):
        one, two = training(cast, kind="support"), training(cast, kind="protection")
        Training.objects.update(certificate=one.certificate)
        Upload.objects.exclude(pk=one.certificate.pk).delete()
        client = client_of(cast, "teacher")
        for row, left in ((one, 1), (two, 0)):
            url = reverse("learning:training_remove", args=[row.pk])
            assert client.post(url).status_code == 302
            assert Upload.objects.count() == left

    def test_written_anew_with_its_kind_it_is_no_second_one(self, cast):
        training(cast, kind="other")
        row = training(cast, kind="protection")
        assert Training.objects.get() == row
        assert row.kind == "protection"
        assert Upload.objects.count() == 1
        training(cast, kind="support")
        assert Training.objects.count() == 2  # two kinds that both count are two trainings

    @pytest.mark.parametrize(
        "wrong",
        [{"kind": "x"}, {"hours": 0}, {"hours": 401}, {"title": ""}, {"ended_on": "2099-01-01"}],
    )
    def test_what_cannot_be_is_said_at_its_field(self, cast, wrong):
        answer = client_of(cast, "teacher").post(LIST, said(cast, **wrong))
        assert answer.status_code == 422
        assert "field-error" in answer.content.decode()
        assert not Training.objects.exists()

    def test_only_the_administrator_writes_down_somebody_elses(self, cast):
        other = said(cast, user=cast.users["counsellor"].pk)
        for who, status in (("teacher", 422), ("principal", 422), ("admin", 302)):
            assert client_of(cast, who).post(LIST, other).status_code == status
        assert Training.objects.get().noted_by == cast.users["admin"]
        far = said(cast, user=cast.users["far_teacher"].pk)
        assert client_of(cast, "admin").post(LIST, far).status_code == 422

    def test_the_whole_list_is_the_principals_and_the_administrators(self, cast):
        training(cast)
        for who, sees in (
            ("teacher", True),
            ("principal", True),
            ("admin", True),
            ("counsellor", False),
            ("far_teacher", False),
        ):
            html = client_of(cast, who).get(LIST).content.decode()
            assert ("儿童心理急救" in html) == sees, who

    def test_removed_with_its_photo(self, cast):
        row = training(cast)
        url = reverse("learning:training_remove", args=[row.pk])
        assert client_of(cast, "principal").post(url).status_code == 404
        assert client_of(cast, "teacher").post(url).status_code == 302
        assert not Training.objects.exists()
        assert not Upload.objects.exists()


class TestDue:
    """The cast began their posts long ago; what counts for twelve months is our own figure."""

    def due(self, cast, who="principal") -> str:
        html = client_of(cast, who).get(LIST).content.decode()
        return html.partition("该参加的")[2].partition("</section>")[0]

    def test_what_nobody_has_written_down_is_due_from_the_first_day(self, cast):
        words = self.due(cast)
        post = cast.users["teacher"].posts.get()
        assert f"没有登记过；{full_day(post.starts_on)}起在本校" in words
        assert words.count(cast.users["teacher"].name) == 1
        assert words.count("学生心理健康：没有登记过") == 3  # two class teachers and the counsellor
        assert words.count(cast.users["principal"].name) == 1  # teaches no class
        assert cast.users["village"].name not in words
        assert cast.users["far_teacher"].name not in words

    def test_at_the_school_since_the_first_post_also_one_that_ended(self, cast):
        user, on = cast.users["counsellor"], today(cast)
        Post.objects.filter(user=user).update(starts_on=on - timedelta(days=30))
        first = on - timedelta(days=900)
        ended = on - timedelta(days=31)
        make_post(user, "class_teacher", school=cast.school, school_class=cast.school_class)
        Post.objects.filter(user=user, role="class_teacher").update(starts_on=first, ends_on=ended)
        assert f"{full_day(first)}起在本校" in self.due(cast, "counsellor")

    def test_on_a_past_day_what_was_had_later_counts_for_nothing(self, cast):
        on = today(cast)
        user, past = cast.users["teacher"], on - timedelta(days=100)
        training(cast, kind="protection", ended_on=past - timedelta(days=1000))
        Post.objects.filter(user=user).update(starts_on=past - timedelta(days=1100))
        before = queries.due_at(cast.school, None, past, [user])
        assert {one.due.kind for one in before} == {"protection", "support"}
        for kind in ("protection", "support"):
            training(cast, kind=kind, ended_on=on)
        assert queries.due_at(cast.school, None, past, [user]) == before
        assert queries.due_at(cast.school, None, on, [user]) == []

    def test_had_it_is_due_no_more_and_again_after_the_months_of_the_school(self, cast):
        on = today_in(cast.school, clock.now())
        for kind in ("support", "protection"):
            training(cast, kind=kind, ended_on=on - timedelta(days=200))
        assert "没有到期的" in self.due(cast, "teacher")
        said = {"protection_months": 6, "support_months": 12, "room_hours": 10}
        assert client_of(cast, "principal").post(PLAN, said).status_code == 302
        words = self.due(cast, "teacher")
        since = rules.months_after(on - timedelta(days=200), 6)
        assert f"{full_day(since)}到期" in words
        assert "学生保护" in words
        said["protection_months"] = 0
        client_of(cast, "admin").post(PLAN, said)
        assert "没有到期的" in self.due(cast, "teacher")
        assert StaffPlan.objects.get().set_by == cast.users["admin"]

    def test_of_another_kind_nobody_is_due_and_nothing_comes_of_it(self, cast):
        training(cast, kind="other")
        assert self.due(cast, "teacher").count("没有登记过") == 2

    def test_a_teacher_sees_the_own_and_sets_nothing(self, cast):
        words = self.due(cast, "teacher")
        assert cast.users["counsellor"].name not in words
        said = {"protection_months": 6, "support_months": 12}
        for who in ("teacher", "counsellor"):
            assert client_of(cast, who).post(PLAN, said).status_code == 404
        assert not StaffPlan.objects.exists()

    @pytest.mark.parametrize(
        "wrong", [{"support_months": 7}, {"room_hours": 61}, {"room_hours": "x"}]
    )
    def test_what_no_school_can_set(self, cast, wrong):
        said = {"protection_months": 6, "support_months": 12} | wrong
        answer = client_of(cast, "principal").post(PLAN, said)
        assert answer.status_code == 422
        assert "field-error" in answer.content.decode()
        assert not StaffPlan.objects.exists()

    def test_today_says_what_has_run_out_and_nothing_that_nobody_wrote_down(self, cast):
        at = clock.now()
        on = today_in(cast.school, at)
        assert work_for(cast.users["teacher"], at) == []
        training(cast, kind="protection", ended_on=on - timedelta(days=360))
        assert work_for(cast.users["teacher"], at) == []
        [row] = work_for(cast.users["teacher"], at + timedelta(days=10))
        assert "学生保护" in row.why
        assert work_for(cast.users["principal"], at + timedelta(days=10)) == []
        training(cast, kind="protection", ended_on=on)
        assert work_for(cast.users["teacher"], at + timedelta(days=10)) == []

    def test_the_plan_and_the_review_say_how_many(self, cast):
        term(cast)
        said = {"protection_months": 12, "support_months": 0, "room_hours": 10}
        client_of(cast, "principal").post(PLAN, said)
        page = client_of(cast, "principal").get("/learning/classes/").content.decode()
        count = len(queries.due_at(cast.school, queries.plan_of(cast.school), today(cast)))
        assert count >= 4
        assert f"{count}项培训该参加了" in page
        assert "心理辅导室每周开放10小时" in page
        words = review_of(cast)
        assert f"该参加的培训 {count}" in words
        assert "心理辅导室每周开放几小时 10" in words

    def test_on_the_plan_a_teacher_reads_of_their_own(self, cast):
        term(cast)
        url = "/learning/classes/"
        assert "您有2项培训该参加了" in client_of(cast, "teacher").get(url).content.decode()
        for kind in ("support", "protection"):
            training(cast, kind=kind)
        assert "您没有到期的培训" in client_of(cast, "teacher").get(url).content.decode()
        page = client_of(cast, "principal").get(url).content.decode()
        assert "项培训该参加了" in page
        assert "您有" not in page.partition("人手和培训")[2].partition("</section>")[0]

    def test_as_many_queries_for_ten_as_for_one(self, cast, django_assert_max_num_queries):
        counts = []
        for many in (1, 9):
            for number in range(many):
                user = make_user(f"colleague{many}{number}", f"同事{many}{number}")
                make_post(user, "counsellor", school=cast.school)
            client = client_of(cast, "principal")
            for _time in range(2):
                client.get(LIST)
            with django_assert_max_num_queries(60) as captured:
                client.get(LIST)
            counts.append(len(captured))
        assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 5), 24, date(2028, 12, 5)),
    ],
)
def test_months_after(day, months, later):
    assert rules.months_after(day, months) == later


def today(cast) -> date:
    return today_in(cast.school, clock.now())


def review_of(cast, who: str = "principal") -> str:
    answer = client_of(cast, who).get("/learning/review/")
    assert answer["Content-Type"] == "application/pdf"
    return " ".join(text_of_pdf(answer.content).split())


class TestReview:
    def test_staffing_lessons_and_trainings_in_counts(self, cast):
        term(cast)
        row = planned(cast)
        by, at = cast.users["teacher"], clock.now()
        curriculum.record_held(planned=row, on=row.week_on, by=by, at=at)
        training(cast, hours=8)
        training(cast, "counsellor", hours=16)
        words = review_of(cast)
        assert f"{cast.school_class.name} 1 1 0" in words
        assert f"{cast.next_class.name} 0 0 0" in words
        assert "心理老师 1" in words
        assert "合计学时 24" in words
        assert "其中心理老师的学时 16" in words

    def test_no_figures_of_one_or_two_families(self, cast):
        sent(cast)
        sent(cast, who="grandmother")
        sent(cast, "calling")  # three lessons of two adults
        assert "发给了不到3位大人" in review_of(cast)
        sent(cast, who="other_mother")
        words = review_of(cast)
        assert "发给家里的大人（人次） 4" in words
        assert "不到3位大人" not in words

    def test_nobody_is_named(self, cast):
        sent(cast)
        training(cast)
        words = review_of(cast)
        names = [one.name for one in (*cast.students.values(), *cast.adults.values())]
        assert not [name for name in names if name in words]
        assert cast.users["teacher"].name not in words
