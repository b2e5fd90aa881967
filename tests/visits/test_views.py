import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AccessRecord
from guardians.models import Contact
from schools.models import Post
from students.models import Enrolment
from tests.factories.cast import make_adult, make_guardianship, make_student, send_away
from tests.factories.visits import make_visit, settle_in_village
from visits import actions
from visits.models import Agreement, CallLog, Duty, Meeting, Visit

OFFLINE = {"HTTP_X_OFFLINE": "1"}


@pytest.fixture
def visit(cast) -> Visit:
    return make_visit(cast.students["mengyao"])


@pytest.fixture
def outcome(cast, today) -> dict:
    return {
        "key": str(uuid4()),
        "outcome": "met_carer",
        "visited_on": today.isoformat(),
        "met": [str(cast.adults["grandmother"].pk)],
        "facts": ["desk"],
        "words": "奶奶在喂鸡",
        "who_1": "school",
        "what_1": "配老花镜",
        "by_1": (today + timedelta(days=7)).isoformat(),
    }


def record_url(visit: Visit) -> str:
    return reverse("visits:record", args=[visit.pk])


def test_an_outcome_is_written_down(as_user, cast, visit, outcome):
    response = as_user("teacher").post(record_url(visit), outcome)
    assert response.url == reverse("visits:visit", args=[visit.pk])
    visit.refresh_from_db()
    assert (visit.outcome, visit.facts, list(visit.met.all())) == (
        "met_carer",
        ["desk"],
        [cast.adults["grandmother"]],
    )
    assert Agreement.objects.get().what == "配老花镜"
    assert AccessRecord.objects.filter(what="record visit").exists()


def test_a_form_that_a_phone_only_keeps_is_logged_as_that(as_user, visit):
    teacher = as_user("teacher")
    teacher.get(record_url(visit), headers={"X-Keep": "1"})
    assert AccessRecord.objects.get().what == "record visit, kept"
    teacher.get(record_url(visit))
    assert AccessRecord.objects.filter(what="record visit").count() == 1


def test_sent_from_the_phone_twice_it_is_taken_twice_and_written_once(as_user, visit, outcome):
    client = as_user("teacher")
    for _ in range(2):
        response = client.post(record_url(visit), outcome, **OFFLINE)
        assert response.status_code == 200
        assert response.json() == {"next": reverse("visits:visit", args=[visit.pk])}
    assert Agreement.objects.count() == 1


def test_other_words_from_the_same_page_are_refused_and_not_dropped(as_user, visit, outcome):
    client = as_user("teacher")
    client.post(record_url(visit), outcome)
    response = client.post(record_url(visit), outcome | {"words": "奶奶病了"})
    assert response.status_code == 409
    assert "奶奶病了" in response.content.decode()


@pytest.mark.parametrize("headers", [{}, OFFLINE], ids=["page", "phone"])
def test_a_second_outcome_is_refused_with_its_words_kept(as_user, visit, outcome, headers):
    as_user("teacher").post(record_url(visit), outcome)
    other = outcome | {"key": str(uuid4()), "words": "我也去过"}
    response = as_user("principal").post(record_url(visit), other, **headers)
    assert response.status_code == 409
    if headers:
        assert "张丽华" in response.json()["message"]
    else:
        assert "我也去过" in response.content.decode()
    visit.refresh_from_db()
    assert visit.words == "奶奶在喂鸡"


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("visited_on", "1900-01-01", "一年以前"),
        ("visited_on", "2100-01-01", "还没到"),
        ("visited_on", "26-31-31", "有效"),
        ("outcome", "", "请选一下结果"),
        ("outcome", "lazy_family", "选择"),
        ("facts", "broken_home", "选择"),
        ("next_on", "2100-01-01", "一年以后"),
        ("next_on", "1900-01-01", "已经过了"),
        ("by_1", "2100-01-01", "一年以后"),
        ("by_2", "2026-12-31", "做什么"),
        ("words", "长" * 501, "500"),
        ("met", "999999", "选择"),
        ("key", "x", "UUID"),
    ],
)
def test_bad_input_is_told_and_nothing_is_written(as_user, visit, outcome, field, value, told):
    client = as_user("teacher")
    bad = outcome | {field: value}
    response = client.post(record_url(visit), bad)
    assert response.status_code == 422
    page = response.content.decode()
    assert told in page
    assert "奶奶在喂鸡" in page or field == "words"
    phone = client.post(record_url(visit), bad, **OFFLINE)
    assert phone.status_code == 422
    assert told in phone.json()["message"]
    visit.refresh_from_db()
    assert visit.recorded_at is None
    assert not Agreement.objects.exists()


@pytest.mark.parametrize(("days_before", "status"), [(0, 409), (3, 200)])
def test_a_note_that_arrives_after_the_child_left(
    as_user, cast, visit, outcome, today, days_before, status
):
    """The teacher no longer has the child in class, but earlier events may still be recorded."""
    left_on = today - timedelta(days=2)
    Enrolment.objects.filter(student=visit.student).update(ends_on=left_on)
    sent = outcome | {"visited_on": (today - timedelta(days=days_before)).isoformat(), "by_1": ""}
    response = as_user("teacher").post(record_url(visit), sent, **OFFLINE)
    assert response.status_code == status
    if status == 409:
        assert "离开" in response.json()["message"]
    assert as_user("next_teacher").post(record_url(visit), sent, **OFFLINE).status_code == 404


def test_without_a_session_the_phone_keeps_its_note(client, visit, outcome):
    """The phone must not take a sign-in page for the answer."""
    response = client.post(record_url(visit), outcome, **OFFLINE)
    assert response.status_code == 401
    assert not response.content


def test_visits_are_planned_together(as_user, cast, visit, today):
    second = make_visit(cast.students["xiaobao"])
    tomorrow = today + timedelta(days=1)
    sent = {
        "visits": [visit.pk, second.pk],
        "planned_on": tomorrow,
        "goes": cast.users["teacher"].pk,
    }
    client = as_user("teacher")
    assert client.post(reverse("visits:plan"), sent).status_code == 302
    assert set(Visit.objects.values_list("planned_on", "goes__name")) == {(tomorrow, "张丽华")}
    page = client.get(reverse("visits:list")).content.decode()
    sheet = re.search(r'href="(/visits/sheet/[^"]+)"', page)[1].replace("&amp;", "&")
    paper = client.get(sheet).content.decode()
    for words in ("徐梦瑶", "徐小宝", "三组 12 号", "李秀兰", "138 9351 0003"):
        assert words in paper
    assert "徐建军" not in paper  # the blocked father is on no sheet


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"visits": []}, "请勾选"),
        ({"planned_on": "1900-01-01"}, "已经过了"),
        ({"planned_on": "2100-01-01"}, "一年以后"),
        ({"planned_on": "", "goes": ""}, "请选一个日子"),
        ({"goes": "999999"}, "选择"),
    ],
)
def test_a_plan_that_cannot_be(as_user, cast, visit, today, changes, told):
    sent = {"visits": [visit.pk], "planned_on": today, "goes": cast.users["teacher"].pk} | changes
    response = as_user("teacher").post(reverse("visits:plan"), sent)
    assert response.status_code == 422
    assert told in response.content.decode()
    visit.refresh_from_db()
    assert visit.planned_on is None


def test_a_visit_of_another_class_cannot_be_planned(as_user, cast, today):
    strange = make_visit(cast.students["haitao"])
    sent = {"visits": [strange.pk], "planned_on": today, "goes": cast.users["teacher"].pk}
    assert as_user("teacher").post(reverse("visits:plan"), sent).status_code == 422
    assert (
        as_user("next_teacher").post(reverse("visits:plan"), sent | {"goes": ""}).status_code == 302
    )


def test_what_was_asked_for_can_be_called_off_and_what_the_term_asks_cannot(
    as_user, cast, visit, term, at
):
    client = as_user("teacher")
    client.post(reverse("visits:call_off", args=[visit.pk]))
    actions.ensure_duties(at=at)
    owed = Visit.objects.get(student=cast.students["mengyao"], duty__isnull=False)
    client.post(reverse("visits:call_off", args=[owed.pk]))
    assert set(Visit.objects.filter(called_off_at=None)).isdisjoint({visit})
    owed.refresh_from_db()
    assert owed.called_off_at is None


def test_a_visit_is_asked_for(as_user, cast, today):
    url = reverse("visits:ask", args=[cast.students["mengyao"].pk])
    sent = {"kind": "home", "reason": "奶奶腿疼", "planned_on": "", "goes": "village"}
    assert as_user("teacher").post(url, sent).status_code == 302
    asked = Visit.objects.get()
    assert (asked.by_village, asked.due_on) == (True, today + timedelta(days=14))


@pytest.fixture
def call_url(cast) -> str:
    return reverse("visits:call", args=[cast.students["mengyao"].pk])


def test_calling_now_twice_is_one_call_and_minutes_are_filled_in(as_user, cast, call_url, at):
    client, key = as_user("teacher"), str(uuid4())
    for _ in range(2):
        response = client.post(call_url, {"key": key, "adult": cast.adults["mother"].pk})
    call = CallLog.objects.get()
    assert response.url == reverse("visits:call_outcome", args=[call.pk]) + "#dial"
    CallLog.objects.update(started_at=at - timedelta(minutes=9))
    page = client.get(response.url).content.decode()
    assert 'href="tel:+8613893510001"' in page
    assert re.search(r'name="minutes"[^>]*value="9"', page)


def test_nobody_blocked_and_nobody_strange_is_phoned(as_user, cast, call_url):
    client = as_user("teacher")
    page = client.get(call_url).content.decode()
    assert "王芳" in page
    assert "徐建军" not in page
    for key in ("father", "other_mother"):
        sent = {"key": str(uuid4()), "adult": cast.adults[key].pk}
        assert client.post(call_url, sent).status_code == 422
    assert not CallLog.objects.exists()


def log(cast, at, **changes) -> dict:
    return {
        "key": str(uuid4()),
        "adult": cast.adults["mother"].pk,
        "started": at.astimezone().strftime("%Y-%m-%dT%H:%M"),
        "outcome": "talked",
        "minutes": "5",
        "child_spoke": "on",
    } | changes


def test_a_call_is_written_down_afterwards_once(as_user, cast, at):
    url = reverse("visits:log_call", args=[cast.students["mengyao"].pk])
    client, sent = as_user("teacher"), log(cast, at - timedelta(hours=20))
    for _ in range(2):
        assert client.post(url, sent, **OFFLINE).json() == {"next": reverse("visits:calls")}
    assert CallLog.objects.get().minutes == 5
    assert Contact.objects.count() == 1


def test_a_call_that_is_corrected_on_the_same_page_is_refused_and_not_dropped(as_user, cast, at):
    url = reverse("visits:log_call", args=[cast.students["mengyao"].pk])
    client, sent = as_user("teacher"), log(cast, at - timedelta(hours=20))
    for minutes in ("5", "5"):
        assert client.post(url, sent | {"minutes": minutes}).status_code == 302
    for other in ({"minutes": "25"}, {"words": "妈妈下月回来"}, {"child_spoke": ""}):
        page = client.post(url, sent | other)
        assert page.status_code == 409
        assert "这个电话已经记过了" in page.content.decode()
        assert other.get("words", "") in page.content.decode()
        assert client.post(url, sent | other, **OFFLINE).status_code == 409
    assert CallLog.objects.get().minutes == 5
    again = sent | {"minutes": "25", "key": page.context["form"]["key"].value()}
    assert client.post(url, again).status_code == 302  # it was another call
    assert CallLog.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"started": "1900-01-01T08:00"}, "一年以前"),
        ({"started": "2100-01-01T08:00"}, "还没到"),
        ({"minutes": "600"}, "三个多小时"),
        ({"minutes": "-3"}, "数字"),
        ({"outcome": ""}, "请选一下结果"),
        ({"adult": ""}, "请选一下和谁"),
    ],
)
def test_a_call_that_cannot_be(as_user, cast, at, changes, told):
    url = reverse("visits:log_call", args=[cast.students["mengyao"].pk])
    response = as_user("teacher").post(url, log(cast, at - timedelta(hours=20), **changes))
    assert response.status_code == 422
    assert told in response.content.decode()
    assert not CallLog.objects.exists()


def test_the_school_sees_figures_by_class_and_no_teachers_name(as_user, cast, term):
    page = main_of(as_user("principal").get(reverse("visits:duties")))
    assert page.index("三年级1班") < page.index("三年级2班")
    for name in ("张丽华", "李桂英", "徐梦瑶", "丁海涛"):
        assert name not in page


def main_of(response) -> str:
    return response.content.decode().split("<main", 1)[1]


def test_the_class_teacher_sees_who_is_left(as_user, cast, term):
    page = main_of(as_user("teacher").get(reverse("visits:duties")))
    assert "徐梦瑶" in page
    assert "丁海涛" not in page
    assert "三年级1班" not in page


def test_a_meeting_is_written_down_once(as_user, cast, term, today):
    url = reverse("visits:meeting", args=[cast.school_class.pk])
    client = as_user("teacher")
    client.get(reverse("visits:duties"))
    sent = {
        "key": str(uuid4()),
        "held_on": today,
        "came": [cast.adults["grandmother"].pk],
        "words": "说好九点关灯",
    }
    assert client.post(url, sent | {"held_on": "2100-01-01"}).status_code == 422
    assert client.post(url, sent | {"came": [cast.adults["father"].pk]}).status_code == 422
    for _ in range(2):
        assert client.post(url, sent).status_code == 302
    assert Meeting.objects.get().came.get() == cast.adults["grandmother"]
    assert Duty.objects.get(kind="carers_meeting", school_class=cast.school_class).done_on == today


def test_a_meeting_with_other_words_from_the_same_page_is_not_dropped(as_user, cast, term, today):
    """The first try may have arrived although the teacher's phone did not hear of it."""
    url, client = reverse("visits:meeting", args=[cast.school_class.pk]), as_user("teacher")
    sent = {"key": str(uuid4()), "held_on": today, "came": [cast.adults["grandmother"].pk]}
    for words in ("说好九点关灯", "说好九点关灯，每周打电话", "说好九点关灯，每周打电话"):
        assert client.post(url, sent | {"words": words}).status_code == 302
    said = Meeting.objects.order_by("pk").values_list("words", flat=True)
    assert list(said) == ["说好九点关灯", "说好九点关灯，每周打电话"]


def add_family(cast, n: int) -> None:
    child = make_student(cast.school_class, f"何静{'一二三四五六七八九'[n]}")
    settle_in_village(child)
    mother = make_adult(cast.school, f"何梅{n}", f"+861389351{1000 + n}")
    make_guardianship(child, mother, "mother")
    send_away(mother, "东莞")
    grandmother = make_adult(cast.school, f"何秀{n}", f"+861389351{2000 + n}")
    make_guardianship(child, grandmother, "paternal_grandmother")


@pytest.mark.parametrize("page", ["list", "calls", "duties"])
def test_ten_families_cost_what_one_does(as_user, cast, term, at, page):
    client, url = as_user("teacher"), reverse(f"visits:{page}")
    client.get(url)
    few = count(client, url)
    for n in range(9):
        add_family(cast, n)
    actions.ensure_duties(at=at)
    for visit in Visit.objects.all()[:3]:
        visit.by_village = True
        visit.save()
    assert count(client, url) == few


def count(client, url) -> int:
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_the_sheet_costs_the_same_for_ten(as_user, cast, today):
    make_visit(cast.students["mengyao"], planned_on=today)
    client = as_user("teacher")
    url = f"{reverse('visits:sheet')}?on={today}&village={cast.students['mengyao'].village}"
    few = count(client, url)
    for n in range(9):
        add_family(cast, n)
    for enrolment in cast.school_class.enrolments.select_related("student"):
        make_visit(enrolment.student, planned_on=today)
    assert count(client, url) == few


@pytest.mark.parametrize("on", ["", "x", "2026-99-99", "1900-01-01"])
def test_a_sheet_for_no_day_is_empty(as_user, cast, today, on):
    visit = make_visit(cast.students["mengyao"], planned_on=today)
    client, url = as_user("teacher"), reverse("visits:sheet")
    place = {"village": visit.student.village}
    response = client.get(url, place | {"on": on})
    assert response.status_code == 200
    assert visit.student.name not in response.content.decode()
    assert visit.student.name in client.get(url, place | {"on": str(today)}).content.decode()


@pytest.mark.parametrize("page", ["list", "calls"])
@pytest.mark.parametrize("wanted", ["²", "x", "-1", "9" * 30])
def test_a_class_that_cannot_be_shows_nothing_wrong(as_user, visit, page, wanted):
    client, url = as_user("principal"), reverse(f"visits:{page}")
    response = client.get(url, {"class": wanted})
    assert response.status_code == 200
    name = visit.student.name
    assert (name in response.content.decode()) is (name in client.get(url).content.decode())


def test_an_opened_page_brings_the_terms_duties_once(as_user, cast, term):
    cache.clear()
    client = as_user("teacher")
    client.get(reverse("visits:list"))
    client.get(reverse("visits:list"))
    assert Duty.objects.filter(kind="home_visit").count() == 3


def test_whoever_lost_the_post_plans_nothing(as_user, cast, visit, today):
    Post.objects.filter(user=cast.users["teacher"]).update(ends_on=today - timedelta(days=1))
    assert as_user("teacher").get(record_url(visit)).status_code == 404
