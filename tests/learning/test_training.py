"""Trainings of staff, and the yearly review: one's own, the principal's list, and counts only."""

import pytest
from django.urls import reverse

from core import clock
from learning.curriculum import actions as curriculum
from learning.models import Training
from schools.policies import today_in
from tests.factories.files import as_file, photo
from tests.factories.learning import planned, sent, term, training
from tests.learning.test_pages import client_of
from tests.pdfs import text_of_pdf
from uploads.models import Upload

pytestmark = pytest.mark.django_db
LIST = "/learning/trainings/"


def said(cast, **more):
    on = today_in(cast.school, clock.now()).isoformat()
    given = {
        "key": "0b8a3c4e-0000-4000-8000-000000000001",
        "user": cast.users["teacher"].pk,
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

    @pytest.mark.parametrize(
        "wrong", [{"hours": 0}, {"hours": 401}, {"title": ""}, {"ended_on": "2099-01-01"}]
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
        assert "发出不到3份" in review_of(cast)
        sent(cast, who="other_mother")
        words = review_of(cast)
        assert "发给家里的大人（人次） 3" in words
        assert "发出不到" not in words

    def test_nobody_is_named(self, cast):
        sent(cast)
        training(cast)
        words = review_of(cast)
        names = [one.name for one in (*cast.students.values(), *cast.adults.values())]
        assert not [name for name in names if name in words]
        assert cast.users["teacher"].name not in words
