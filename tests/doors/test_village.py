"""The village door: the visits that are theirs, and of the file no more than these need."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessRecord
from core import clock
from delivery.models import OutboxMessage
from guardians.models import Guardianship
from privacy.models import Purpose
from safeguarding.models import Concern, ConcernEntry, Report
from schools.models import Post
from students.models import Barrier, Enrolment, Student
from tests.factories.cast import Cast, make_student
from tests.factories.visits import make_term, make_visit, refuse, settle_in_village
from visits import actions
from visits.models import Visit

pytestmark = pytest.mark.django_db
LIST = "/v/"


@pytest.fixture
def cast(cast) -> Cast:
    settle_in_village(cast.students["mengyao"])
    Student.objects.filter(pk=cast.students["mengyao"].pk).update(
        id_number="620622201705041234", health="哮喘", wish="想一起住", journey="爷爷接送"
    )
    return cast


@pytest.fixture
def visit(cast) -> Visit:
    return make_visit(cast.students["mengyao"], by_village=True)


@pytest.fixture
def worker(cast) -> Client:
    client = Client()
    client.force_login(cast.users["village"], "django.contrib.auth.backends.ModelBackend")
    return client


def url(visit: Visit, page: str = "visit") -> str:
    return reverse(f"village:{page}", args=[visit.pk])


def outcome(**changes) -> dict:
    today = timezone.localdate(clock.now()).isoformat()
    return {"key": str(uuid4()), "outcome": "met_carer", "visited_on": today} | changes


def test_signing_in_leads_to_the_village_door(worker):
    assert worker.get("/").url == LIST


def test_the_visit_shows_what_it_needs_and_nothing_more(cast, worker, visit):
    page = worker.get(url(visit)).content.decode()
    for words in ("徐梦瑶", "三组 12 号", "李秀兰", "138 9351 0003", "奶奶腿疼"):
        assert words in page
    # Parents and where they are, the blocked father, number, health, wish: of no use at this door.
    for words in ("王芳", "昆山", "徐建军", "库尔勒", "620622", "哮喘", "想一起住", "2017"):
        assert words not in page
    assert AccessRecord.objects.filter(what="village visit", user=cast.users["village"]).exists()


def test_the_list_holds_only_this_villages_visits(cast, worker, visit):
    elsewhere = make_student(cast.school_class, "何静", village="双庙村")
    make_visit(elsewhere, by_village=True)
    far = cast.students["yuan"]
    settle_in_village(far)  # the same name of a village, at another school
    make_visit(far, by_village=True)
    make_visit(cast.students["xiaobao"])  # the teacher's own visit
    page = worker.get(LIST).content.decode()
    assert "徐梦瑶" in page
    for name in ("何静", "马思源", "徐小宝"):
        assert name not in page
    for other in Visit.objects.exclude(pk=visit.pk):
        assert worker.get(url(other)).status_code == 404
        assert worker.post(url(other), outcome()).status_code == 404


def test_whoever_is_of_no_village_yet_sees_no_child_without_one(cast, worker, visit):
    Post.objects.filter(user=cast.users["village"]).update(village="")
    Student.objects.filter(pk=visit.student_id).update(village="")
    assert "徐梦瑶" not in worker.get(LIST).content.decode()
    assert worker.get(url(visit)).status_code == 404


@pytest.mark.parametrize(("days_left", "is_theirs"), [(30, False), (10, True), (-5, True)])
def test_what_the_law_asks_for_comes_when_it_is_due(cast, worker, days_left, is_theirs):
    at = clock.now()
    make_term(cast, timezone.localdate(at))
    actions.ensure_duties(at=at)
    owed = Visit.objects.filter(student=cast.students["mengyao"])
    owed.update(due_on=timezone.localdate(at) + timedelta(days=days_left))
    assert (worker.get(url(owed.get())).status_code == 200) is is_theirs
    owed.update(goes=cast.users["teacher"])  # a teacher goes already
    assert worker.get(url(owed.get())).status_code == 404


def test_a_family_that_refuses_is_not_shown(cast, worker, visit):
    assert worker.get(url(visit)).status_code == 200
    refuse(cast.students["mengyao"], cast.adults["mother"], Purpose.VILLAGE, clock.now())
    assert worker.get(url(visit)).status_code == 404
    assert worker.post(url(visit), outcome()).status_code == 404
    assert worker.get(url(visit, "worry")).status_code == 404
    assert "徐梦瑶" not in worker.get(LIST).content.decode()


def barred(cast):
    Barrier.objects.create(
        school=cast.school,
        student=cast.students["mengyao"],
        user=cast.users["village"],
        reason="调查中",
        set_by=cast.users["principal"],
        set_at=clock.now(),
    )


def blocked(cast):
    cast.adults["father"].user = cast.users["village"]
    cast.adults["father"].save()


def left(cast):
    Enrolment.objects.filter(student=cast.students["mengyao"]).update(
        ends_on=timezone.localdate() - timedelta(days=1)
    )


def without_village(cast):
    Post.objects.filter(user=cast.users["village"]).update(village="")


def post_ended(cast):
    Post.objects.filter(user=cast.users["village"]).update(
        ends_on=timezone.localdate() - timedelta(days=1)
    )


@pytest.mark.parametrize("change", [barred, blocked, left, without_village, post_ended])
def test_who_may_not_know_of_the_child(cast, worker, visit, change):
    assert worker.get(url(visit)).status_code == 200
    change(cast)
    assert worker.get(url(visit)).status_code == 404
    assert "徐梦瑶" not in worker.get(LIST).content.decode()


def test_no_refusal_silences_a_worry(cast, worker, visit):
    """Written on the road where there was no network; the family refuses before it is sent."""
    worker.get(url(visit))
    refuse(cast.students["mengyao"], cast.adults["mother"], Purpose.VILLAGE, clock.now())
    sent = {"key": str(uuid4()), "words": "门锁着，孩子在里面哭"}
    answer = worker.post(url(visit, "worry"), sent, HTTP_X_OFFLINE="1")
    assert answer.json() == {"next": f"{LIST}?thanks=worry"}
    assert Concern.objects.get().words == "门锁着，孩子在里面哭"


def test_a_worry_with_other_words_from_the_same_page_is_not_dropped(worker, visit):
    sent = {"key": str(uuid4())}
    for words in ("门锁着", "门锁着，孩子在里面哭", "门锁着，孩子在里面哭"):
        worker.post(url(visit, "worry"), sent | {"words": words})
    told = Concern.objects.order_by("pk").values_list("words", flat=True)
    assert list(told) == ["门锁着", "门锁着，孩子在里面哭"]


def test_a_form_that_comes_after_the_child_left(cast, worker, visit):
    worker.get(url(visit))
    today = timezone.localdate(clock.now())
    left(cast)
    Visit.objects.update(called_off_at=clock.now())  # as the calendar does with what is over
    assert worker.get(url(visit)).status_code == 404
    late = worker.post(url(visit), outcome(), HTTP_X_OFFLINE="1")
    assert (late.status_code, "离开" in late.json()["message"]) == (409, True)
    before = outcome(visited_on=(today - timedelta(days=2)).isoformat(), words="奶奶在")
    for _ in range(2):
        again = worker.post(url(visit), before, HTTP_X_OFFLINE="1")
        assert again.json() == {"next": f"{LIST}?thanks=visit"}
    visit.refresh_from_db()
    assert (visit.words, visit.recorded_by) == ("奶奶在", cast.users["village"])


def test_a_teacher_was_quicker_and_the_words_stay(cast, worker, visit):
    worker.get(url(visit))
    teacher = Client()
    teacher.force_login(cast.users["teacher"], "django.contrib.auth.backends.ModelBackend")
    teacher.post(reverse("visits:record", args=[visit.pk]), outcome(words="我去过"))
    for headers in ({}, {"HTTP_X_OFFLINE": "1"}):
        answer = worker.post(url(visit), outcome(words="我也去过"), **headers)
        assert answer.status_code == 409
        assert "张丽华" in (answer.json()["message"] if headers else answer.content.decode())
    assert "我也去过" in worker.post(url(visit), outcome(words="我也去过")).content.decode()
    visit.refresh_from_db()
    assert visit.words == "我去过"


@pytest.mark.parametrize("keeping", [{}, {"X-Keep": "1"}])
def test_planned_for_the_teacher_meanwhile_it_is_taken_from_whoever_went(
    cast, worker, visit, keeping
):
    worker.get(url(visit), headers=keeping)
    Visit.objects.update(by_village=False, goes=cast.users["teacher"])
    assert worker.get(url(visit)).status_code == 404
    assert worker.post(url(visit), outcome()).url == LIST


def long_ago(cast):
    Visit.objects.update(by_village=False)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jiaqiao.clock_offset = '31 days'")


@pytest.mark.parametrize("change", [barred, blocked, post_ended, long_ago])
def test_who_may_not_write_later(cast, worker, visit, change):
    assert worker.get(url(visit)).status_code == 200
    change(cast)
    assert worker.post(url(visit), outcome()).status_code == 404
    worry = {"key": str(uuid4()), "words": "孩子一个人在家"}
    assert worker.post(url(visit, "worry"), worry).status_code == 404


def test_brothers_and_sisters_stand_at_one_door(cast, worker, visit):
    settle_in_village(cast.students["xiaobao"])
    make_visit(cast.students["xiaobao"], by_village=True)
    page = worker.get(LIST).content.decode()
    home = next(part for part in page.split("<li>") if "徐梦瑶" in part)
    assert ("徐小宝" in home) is True
    assert page.count("data-keep") == 2


def test_without_a_village_the_page_says_why_nothing_is_there(cast, worker):
    without_village(cast)
    assert "还没写上您管哪个村" in worker.get(LIST).content.decode()


def test_an_outcome_is_seen_by_the_school(cast, worker, visit):
    sent = outcome(words="奶奶能下地了", facts=["food"], what_1="周末再来看看", who_1="village")
    assert "谢谢" not in worker.get(LIST).content.decode()
    assert worker.post(url(visit), sent).url == LIST
    thanks = worker.get(LIST).content.decode()
    assert 'class="scene"' in thanks
    assert "<h1>谢谢您</h1>" in thanks
    again = worker.post(url(visit), sent, HTTP_X_OFFLINE="1")
    assert again.json() == {"next": f"{LIST}?thanks=visit"}  # there the script goes on
    thanks = worker.get(again.json()["next"]).content.decode()
    assert 'class="scene"' in thanks
    assert "<h1>谢谢您</h1>" in thanks
    assert "谢谢您" not in worker.get(f"{LIST}?thanks=<b>").content.decode()
    teacher = Client()
    teacher.force_login(cast.users["teacher"], "django.contrib.auth.backends.ModelBackend")
    page = teacher.get(reverse("visits:visit", args=[visit.pk])).content.decode()
    for words in ("奶奶能下地了", "李红梅", "周末再来看看"):
        assert words in page
    assert Visit.objects.get().agreements.count() == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"visited_on": "1900-01-01"}, "一年以前"),
        ({"visited_on": "2100-01-01"}, "还没到"),
        ({"outcome": ""}, "请选一下结果"),
        # Somebody whom this door does not name cannot be met through it either.
        ({"met": "mother"}, "选择"),
    ],
)
def test_bad_input_is_told(cast, worker, visit, changes, told):
    if "met" in changes:
        changes = {"met": cast.adults["mother"].pk}
    response = worker.post(url(visit), outcome(**changes))
    assert response.status_code == 422
    assert told in response.content.decode()
    assert not Visit.objects.exclude(outcome="").exists()


def test_a_worry_reaches_a_named_adult_at_the_school(cast, worker, visit):
    sent = {"key": str(uuid4()), "words": "孩子一个人在家"}
    assert worker.post(url(visit, "worry"), sent | {"words": ""}).status_code == 422
    for _ in range(2):
        assert worker.post(url(visit, "worry"), sent).url == LIST
    concern = Concern.objects.get()
    assert concern.raised_by == cast.users["village"]
    assert ConcernEntry.objects.filter(kind="told", about=concern.named_adult).exists()


def test_ten_visits_cost_what_one_does(cast, worker, visit):
    def cost() -> int:
        worker.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            assert worker.get(LIST).status_code == 200
        return len(queries)

    few = cost()
    for n in range(9):
        child = make_student(cast.school_class, f"何静{n}")
        settle_in_village(child)
        Guardianship.objects.create(
            school=cast.school,
            student=child,
            adult=cast.adults["grandmother"],
            relation="paternal_grandmother",
            kind="carer",
            starts_on=visit.due_on,
        )
        make_visit(child, by_village=True)
    assert cost() == few


class TestSuspectedHarm:
    """One click from any page of this door about a child."""

    @pytest.fixture
    def said(self):
        return {"situation": "violence", "words": "背上有鞭痕，他说是昨晚", "key": str(uuid4())}

    def test_whoever_is_named_is_kept_away_at_once_and_the_school_is_told(
        self, cast, worker, visit, said
    ):
        grandmother = cast.adults["grandmother"]
        for page in ("visit", "worry"):
            assert url(visit, "report") in worker.get(url(visit, page)).content.decode()
        page = worker.get(url(visit, "report")).content.decode()
        assert f'value="{grandmother.pk}"' in page
        assert (
            cast.users["principal"].name not in page
        )  # the staff of the school is no list for the village
        sent = said | {"adults": [grandmother.pk]}
        for _ in range(2):  # a form that was sent twice
            assert worker.post(url(visit, "report"), sent).status_code == 302
        report = Report.objects.get()
        assert (report.reported_by, report.words) == (cast.users["village"], said["words"])
        assert Concern.objects.get().source == "report"
        grandmother.refresh_from_db()
        assert grandmother.is_blocked
        told = OutboxMessage.objects.filter(
            dedupe_key=f"report:{report.pk}:{cast.users['principal'].pk}"
        )
        assert told.exists()
        # What was written is not shown at this door again.
        shown = (
            worker.get("/v/").content.decode() + worker.get(url(visit, "visit")).content.decode()
        )
        assert said["words"] not in shown

    @pytest.mark.parametrize("how", ["ticked", "by role", "by name"])
    def test_a_principal_who_is_named_hears_of_no_report(self, cast, worker, visit, said, how):
        principal = cast.users["principal"]
        page = worker.get(url(visit, "report")).content.decode()
        assert f'name="users" value="{principal.pk}"' in page
        more = {
            "ticked": {"users": [principal.pk]},
            "by role": {"somebody": "校长"},
            "by name": {"somebody": f" {principal.name} "},
        }
        for _ in range(2):
            assert worker.post(url(visit, "report"), said | more[how]).status_code == 302
        report = Report.objects.get()
        assert report.suspects.get().user == principal
        assert not OutboxMessage.objects.filter(user=principal).exists()
        client = Client()
        client.force_login(principal, "django.contrib.auth.backends.ModelBackend")
        assert client.get(reverse("safeguarding:report", args=[report.pk])).status_code == 404
        assert Concern.objects.get().named_adult == cast.users["counsellor"]

    def test_a_stranger_written_down_closes_nothing_and_the_page_says_so(
        self, cast, worker, visit, said
    ):
        page = worker.get(url(visit, "report")).content.decode()
        assert "写在这里的名字不会挡住任何人" in page
        assert "您勾选的人除外" in page
        assert worker.post(url(visit, "report"), said | {"somebody": "村口老李"}).status_code == 302
        assert Report.objects.get().suspects.get().somebody == "村口老李"
        assert not Barrier.objects.exists()
        assert OutboxMessage.objects.filter(user=cast.users["principal"]).exists()

    def test_who_lives_elsewhere_is_named_by_what_they_are(self, cast, worker, visit, said):
        mother = cast.adults["mother"]
        page = worker.get(url(visit, "report")).content.decode()
        assert mother.name not in page
        assert worker.post(url(visit, "report"), said | {"adults": [mother.pk]}).status_code == 302
        mother.refresh_from_db()
        assert mother.is_blocked

    def test_a_second_report_still_names_whom_the_first_one_closed_the_child_to(
        self, cast, worker, visit, said
    ):
        grandmother, principal = cast.adults["grandmother"], cast.users["principal"]
        sent = said | {"adults": [grandmother.pk], "users": [principal.pk]}
        assert worker.post(url(visit, "report"), sent).status_code == 302
        answer = worker.post(url(visit, "report"), sent | {"words": "还有更多"})
        assert answer.status_code == 422
        again = sent | {"words": "还有更多", "key": str(answer.context["form"]["key"].value())}
        assert worker.post(url(visit, "report"), again).status_code == 302
        named = Report.objects.order_by("pk").last().suspects
        assert {(one.adult, one.user) for one in named.all()} == {
            (grandmother, None),
            (None, principal),
        }

    def test_too_little_is_said_at_its_field_and_the_words_stay(self, worker, visit, said):
        answer = worker.post(url(visit, "report"), said | {"situation": ""})
        assert answer.status_code == 422
        assert said["words"] in answer.content.decode()
        assert not Report.objects.exists()

    def test_a_stranger_to_the_visit_meets_nothing(self, cast, visit, said):
        Post.objects.filter(user=cast.users["village"]).update(village="双庙村")
        client = Client()
        client.force_login(cast.users["village"], "django.contrib.auth.backends.ModelBackend")
        assert client.post(url(visit, "report"), said).status_code == 404
        assert not Report.objects.exists()
