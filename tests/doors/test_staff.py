"""The staff door over HTTP: success and refusal stand on the same cast."""

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessRecord
from core import clock
from doors.staff.today import work_of
from guardians.actions import record_contact
from guardians.models import Adult, ContactPoint, Guardianship, Migration
from students.models import Enrolment, Student
from tests.days import day_of
from tests.factories.cast import make_adult, make_guardianship, make_student, send_away
from tests.factories.factors import give_factor

pytestmark = pytest.mark.django_db

SEES = {"teacher", "counsellor", "principal", "admin"}
EDITS = {"teacher", "admin"}
ROLES = [
    "teacher",
    "next_teacher",
    "counsellor",
    "principal",
    "admin",
    "village",
    "county",
    "far_teacher",
    "ended",
    "superuser",
    "mother",
    "blocked_father",
]


@pytest.fixture
def sign_in(client, cast):
    def sign_in(key):
        client.force_login(cast.users[key])
        return client

    return sign_in


def child_url(cast, name="staff:child", child="mengyao", **kwargs):
    return reverse(name, kwargs={"student_id": cast.students[child].pk, **kwargs})


def talk(cast, on, adult="mother", child="mengyao", **fields):
    return record_contact(
        student=cast.students[child],
        adult=cast.adults[adult],
        happened_on=on,
        reported_by="parent",
        at=clock.now(),
        **fields,
    )


@pytest.mark.parametrize("role", ROLES)
def test_child_page_by_role(cast, sign_in, role):
    response = sign_in(role).get(child_url(cast))
    assert response.status_code == (200 if role in SEES else 404)
    assert ("徐梦瑶" in response.content.decode()) == (role in SEES)


@pytest.mark.parametrize("role", ROLES)
def test_editing_by_role(cast, sign_in, role):
    url = child_url(cast, "students:file_section", key="journey")
    response = sign_in(role).post(url, {"journey": "过桥走二十分钟"})
    may = role in EDITS
    assert response.status_code == (302 if may else 404)
    stored = Student.objects.get(pk=cast.students["mengyao"].pk).journey
    assert stored == ("过桥走二十分钟" if may else "")


def test_anonymous_is_asked_to_sign_in(cast, client):
    for url in (reverse("staff:today"), child_url(cast), reverse("staff:search")):
        assert client.get(url).status_code == 302


def test_reading_a_file_is_noted(cast, sign_in):
    sign_in("teacher").get(child_url(cast))
    record = AccessRecord.objects.get()
    assert (record.user, record.student_id, record.what) == (
        cast.users["teacher"],
        cast.students["mengyao"].pk,
        "child",
    )
    page = sign_in("counsellor").get(child_url(cast, "staff:readers")).content.decode()
    assert "张丽华" in page


def test_refused_reading_is_not_noted(cast, sign_in):
    sign_in("far_teacher").get(child_url(cast))
    assert not AccessRecord.objects.exists()


def test_child_page_tells_where_the_parents_are(cast, sign_in):
    talk(cast, timezone.localdate(clock.now()) - timedelta(days=3), kind="video", minutes=22)
    page = sign_in("teacher").get(child_url(cast)).content.decode()
    assert "昆山" in page
    assert "3 天前" in page
    assert "李秀兰" in page


def test_what_the_file_lacks_is_one_line_that_opens(cast, sign_in):
    Student.objects.filter(pk=cast.students["mengyao"].pk).update(allergies="花生过敏", wish="")
    answer = sign_in("teacher").get(child_url(cast))
    filed, lacking = (answer.context[part] for part in ("sections", "missing"))
    assert "wish" in {section.key for section in lacking}
    assert "health" in {section.key for section in filed}
    assert all(section.lines for section in filed)
    page = answer.content.decode()
    assert f"还有 {len(lacking)} 处没写" in page
    assert page.index("还没写") > page.index('class="fold lacking"')


def test_the_mark_of_the_law_says_on_pointing_what_it_asks_for(cast, sign_in):
    answer = sign_in("teacher").get(child_url(cast))
    law = next(section.law for section in answer.context["sections"] if section.law)
    assert f'<summary title="{law.words} {law.source}">' in answer.content.decode()


def test_of_a_parent_who_has_died_nobody_says_that_the_place_is_not_known(cast, sign_in):
    mother = cast.adults["mother"]
    Migration.objects.filter(adult=mother).delete()
    words = {}
    for condition in (Adult.Condition.IN_TOUCH, Adult.Condition.DEAD):
        Adult.objects.filter(pk=mother.pk).update(condition=condition)
        parents = sign_in("teacher").get(child_url(cast)).context["parents"]
        words[condition] = next(one["place"] for one in parents if one["name"] == mother.name)
    assert words == {Adult.Condition.IN_TOUCH: "不知道在哪里", Adult.Condition.DEAD: ""}


def test_a_blocked_adult_is_shown_as_blocked_and_never_as_a_way(cast, sign_in):
    context = sign_in("teacher").get(child_url(cast)).context
    father = next(one for one in context["parents"] if one["name"] == "徐建军")
    assert father["clock"] == ""
    assert [way.state for one in context["reach"] for way in one["ways"]].count("ok") == 0
    member = next(one for one in context["reach"] if one["url"] == father["url"])
    assert "屏蔽" in member["standing"]


def test_class_list_queries_do_not_grow(cast, sign_in, django_assert_max_num_queries):
    client = sign_in("teacher")
    url = reverse("staff:children")
    client.get(url)
    with django_assert_max_num_queries(20) as few:
        assert "徐梦瑶" in client.get(url).content.decode()
    for number in range(10):
        child = make_student(cast.school_class, f"王小{'一二三四五六七八九十'[number]}")
        mother = make_adult(cast.school, f"王母{number}", f"+86138935200{number:02d}")
        make_guardianship(child, mother, "mother")
        send_away(mother, "西安")
    with django_assert_max_num_queries(20) as many:
        page = client.get(url).content.decode()
    assert page.count("data-row") == 12
    assert len(many) == len(few)
    # Session, person, clock, posts, barriers, children, families, talks, questions, switch.
    assert len(few) <= 10, [query["sql"] for query in few.captured_queries]


def test_class_list_names_families_to_whom_nothing_leads(cast, sign_in):
    client, url = sign_in("teacher"), f"{reverse('staff:children')}?only=unreachable"
    assert "徐梦瑶" not in client.get(url).content.decode()
    ContactPoint.objects.exclude(adult=cast.adults["father"]).update(failing_since=clock.now())
    assert "徐梦瑶" in client.get(url).content.decode()


def test_class_list_leaves_out_who_moved_to_another_class(cast, sign_in):
    client, child = sign_in("teacher"), cast.students["xiaobao"]
    assert "徐小宝" in client.get(reverse("staff:children")).content.decode()
    today = timezone.localdate(clock.now())
    child.enrolments.update(ends_on=today - timedelta(days=1))
    Enrolment.objects.create(
        school=cast.school, student=child, school_class=cast.next_class, starts_on=today
    )
    left = client.get(reverse("staff:children")).content.decode()
    assert "徐小宝" not in left
    assert "徐梦瑶" in left


def test_class_list_stops_at_the_own_class(cast, sign_in):
    own = sign_in("teacher").get(reverse("staff:children")).content.decode()
    assert "徐小宝" in own
    assert "丁海涛" not in own
    other = sign_in("next_teacher").get(reverse("staff:children")).content.decode()
    assert "丁海涛" in other
    assert "徐小宝" not in other


def test_filter_who_has_not_talked(cast, sign_in):
    today = day_of(clock.now())
    talk(cast, today - timedelta(days=2))
    talk(cast, today - timedelta(days=9), child="xiaobao")
    rows = sign_in("teacher").get(reverse("staff:children"), {"only": "silent"}).context["rows"]
    assert [(row.name, row.is_owed) for row in rows] == [("徐小宝", True)]


@pytest.mark.parametrize("text", ["梦瑶", "徐", "xu mengyao", "xumengyao", "mengyao", "xmy", "XM"])
def test_search_finds(cast, sign_in, text):
    page = sign_in("teacher").get(
        reverse("staff:search"), {"q": text}, headers={"HX-Request": "true"}
    )
    assert "徐梦瑶" in page.content.decode()
    assert "丁海涛" not in page.content.decode()


@pytest.mark.parametrize("text", ["海涛", "dht", "三年级1班", "马思源"])
def test_search_stays_within_what_may_be_seen(cast, sign_in, text):
    page = (
        sign_in("teacher")
        .get(reverse("staff:search"), {"q": text}, headers={"HX-Request": "true"})
        .content.decode()
    )
    assert "/children/" not in page


def test_search_by_class_for_the_whole_school(cast, sign_in):
    page = (
        sign_in("principal")
        .get(reverse("staff:search"), {"q": "三年级1班"}, headers={"HX-Request": "true"})
        .content.decode()
    )
    assert "丁海涛" in page
    assert "徐梦瑶" not in page


def test_search_without_script_goes_to_the_list(cast, sign_in):
    response = sign_in("teacher").get(reverse("staff:search"), {"q": "xmy"}, follow=True)
    assert [row.name for row in response.context["rows"]] == ["徐梦瑶"]


def test_today_lists_a_parent_nobody_can_reach(cast, sign_in):
    cast.adults["mother"].contact_points.update(
        failing_since=clock.now() - timedelta(days=8), failing_cause="out_of_service"
    )
    client = sign_in("teacher")
    page = client.get(reverse("staff:today")).content.decode()
    assert "停机" in page
    assert "停机" not in sign_in("next_teacher").get(reverse("staff:today")).content.decode()


def test_today_asks_where_a_parent_lives_only_a_few_times(cast, sign_in):
    for number in range(6):
        child = make_student(cast.school_class, f"王小{'一二三四五六'[number]}")
        make_guardianship(child, make_adult(cast.school, f"王父{number}"), "father")
    page = sign_in("teacher").get(reverse("staff:today"))
    rows = [row for lane in page.context["lanes"] for row in lane.rows]
    assert sum(row["key"].startswith("where-") for row in rows) == 3


def test_today_tells_how_many_talked(cast, sign_in):
    talk(cast, timezone.localdate(clock.now()) - timedelta(days=1))
    connection = sign_in("teacher").get(reverse("staff:today")).context["connection"]
    assert (connection.away, connection.talked) == (2, 1)


def test_dated_move_ends_the_row_before(cast, sign_in):
    url = child_url(cast, "guardians:family_where", adult_id=cast.adults["mother"].pk)
    today = day_of(clock.now())
    form = {"is_away": "True", "place": "苏州", "work": "电子厂", "shift": "night"}
    response = sign_in("teacher").post(url, form | {"starts_on": f"{today:%Y-%m-%d}"})
    assert response.status_code == 302
    rows = Migration.objects.filter(adult=cast.adults["mother"]).order_by("starts_on")
    assert [(row.place, row.ends_on) for row in rows] == [
        ("昆山", today - timedelta(days=1)),
        ("苏州", None),
    ]
    history = sign_in("teacher").get(
        child_url(cast, "guardians:family_where_history", adult_id=cast.adults["mother"].pk)
    )
    assert "昆山" in history.content.decode()


@pytest.mark.parametrize(
    ("starts_on", "place"), [("2019-01-01", "苏州"), ("2099-01-01", "苏州"), ("2024-01-01", "")]
)
def test_refused_move_keeps_what_was_typed_and_writes_nothing(cast, sign_in, starts_on, place):
    url = child_url(cast, "guardians:family_where", adult_id=cast.adults["mother"].pk)
    response = sign_in("teacher").post(
        url, {"is_away": "True", "place": place, "work": "搬砖", "starts_on": starts_on}
    )
    assert response.status_code == 422
    assert "搬砖" in response.content.decode()
    assert Migration.objects.get(adult=cast.adults["mother"]).place == "昆山"


def test_new_carer_ends_the_old_one_the_day_before(cast, sign_in):
    today = day_of(clock.now())
    response = sign_in("teacher").post(
        child_url(cast, "guardians:family_carer"),
        {
            "who": "new",
            "name": "王桂花",
            "relation": "maternal_grandmother",
            "phone": "138 9352 0099",
            "starts_on": f"{today:%Y-%m-%d}",
        },
    )
    assert response.status_code == 302
    rows = Guardianship.objects.filter(student=cast.students["mengyao"], kind="carer")
    assert {row.adult.name: row.ends_on for row in rows} == {
        "李秀兰": today - timedelta(days=1),
        "王桂花": None,
    }
    assert rows.get(ends_on=None).adult.contact_points.get().address == "+8613893520099"
    # The sister's carer stays as she was.
    assert Guardianship.objects.get(student=cast.students["xiaobao"], kind="carer").ends_on is None


def test_carer_with_a_bad_phone_writes_nothing(cast, sign_in):
    form = {"who": "new", "name": "王桂花", "relation": "relative", "phone": "1389352"}
    url = child_url(cast, "guardians:family_carer")
    response = sign_in("teacher").post(url, form | {"starts_on": f"{date.today():%Y-%m-%d}"})
    assert response.status_code == 422
    assert "王桂花" in response.content.decode()
    assert Guardianship.objects.filter(student=cast.students["mengyao"]).count() == 3


def test_history_says_who_and_what_stood_there(cast, sign_in):
    url = child_url(cast, "students:file_section", key="health")
    client = sign_in("teacher")
    client.post(url, {"health": "花生过敏"})
    client.post(url, {"health": "花生过敏，近视"})
    page = client.get(child_url(cast, "students:file_history", key="health")).content.decode()
    assert "<del>花生过敏</del>" in page
    assert "张丽华" in page


def test_a_new_name_is_found_by_its_new_pinyin(cast, sign_in):
    client = sign_in("teacher")
    url = child_url(cast, "students:file_section", key="identity")
    client.post(url, {"name": "徐安然", "sex": "f", "born_on": "2017-05-04"})
    student = Student.objects.get(pk=cast.students["mengyao"].pk)
    assert (student.name, student.name_pinyin, student.name_initials) == (
        "徐安然",
        "xu anran",
        "xar",
    )


def test_identity_number_is_checked_at_its_field(cast, sign_in):
    client = sign_in("teacher")
    url = child_url(cast, "students:file_section", key="identity")
    form = {"name": "徐梦瑶", "sex": "f", "born_on": "2017-05-04"}
    wrong = client.post(url, form | {"id_number": "620622201705040021"})
    assert wrong.status_code == 422
    assert "id_number" in wrong.context["form"].errors
    right = client.post(url, form | {"id_number": "620622201705040027"})
    assert right.status_code == 302


@pytest.mark.parametrize("role", ["counsellor", "principal"])
def test_blocking_asks_for_a_reason_and_works(cast, sign_in, role):
    mother = cast.adults["mother"]
    url = child_url(cast, "guardians:family_block", adult_id=mother.pk)
    client = sign_in(role)
    form = {
        "ground": "court_order",
        "decision": "（2026）甘0622民保令3号",
        "decided_on": "2026-10-09",
    }
    assert client.post(url, form | {"reason": ""}).status_code == 422
    mother.refresh_from_db()
    assert not mother.is_blocked
    assert client.post(url, form | {"reason": "法院保护令"}).status_code == 302
    mother.refresh_from_db()
    assert mother.is_blocked
    assert mother.blocked_by == cast.users[role]
    client.post(child_url(cast, "guardians:family_unblock", adult_id=mother.pk))
    mother.refresh_from_db()
    assert not mother.is_blocked


@pytest.mark.parametrize("role", ["teacher", "admin", "next_teacher", "far_teacher", "ended"])
def test_others_cannot_block(cast, sign_in, role):
    mother = cast.adults["mother"]
    url = child_url(cast, "guardians:family_block", adult_id=mother.pk)
    assert sign_in(role).post(url, {"reason": "法院保护令"}).status_code == 404
    mother.refresh_from_db()
    assert not mother.is_blocked


def test_an_adult_of_another_family_is_a_stranger_here(cast, sign_in):
    url = child_url(cast, "guardians:family_adult", adult_id=cast.adults["other_mother"].pk)
    assert sign_in("principal").get(url).status_code == 404
    url = child_url(cast, "guardians:family_adult", adult_id=cast.adults["mother"].pk)
    assert sign_in("principal").get(url).status_code == 200


def test_a_seen_talk_counts_once_and_can_be_taken_back(cast, sign_in):
    client = sign_in("counsellor")
    url = child_url(cast, "guardians:family_talked")
    key = "6f1f0a34-5a53-4d8e-9a51-0d5c1a1f7a11"
    form = {
        "adult": cast.adults["mother"].pk,
        "kind": "video",
        "happened_on": f"{day_of(clock.now()):%Y-%m-%d}",
        "minutes": "12",
        "key": key,
    }
    assert client.post(url, form).status_code == 302
    assert client.post(url, form).status_code == 302
    contact = cast.students["mengyao"].contacts.get()
    assert (contact.minutes, contact.recorded_by) == (12, cast.users["counsellor"])
    client.post(child_url(cast, "guardians:family_untalked", key=key))
    contact.refresh_from_db()
    assert contact.retracted_at is not None


def test_a_talk_with_a_blocked_parent_cannot_be_written_down(cast, sign_in):
    form = {
        "adult": cast.adults["father"].pk,
        "kind": "video",
        "happened_on": f"{day_of(clock.now()):%Y-%m-%d}",
        "key": "6f1f0a34-5a53-4d8e-9a51-0d5c1a1f7a12",
    }
    assert (
        sign_in("teacher").post(child_url(cast, "guardians:family_talked"), form).status_code == 422
    )
    assert not cast.students["mengyao"].contacts.exists()


def test_edit_in_place_answers_with_the_section(cast, sign_in):
    client = sign_in("teacher")
    url = child_url(cast, "students:file_section", key="wish")
    htmx = {"HX-Request": "true"}
    form = client.get(url, headers=htmx).content.decode()
    assert "<form" in form
    assert "<html" not in form
    answer = client.post(url, {"wish": "明年接到昆山上学"}, headers=htmx).content.decode()
    assert "明年接到昆山上学" in answer
    assert "<form" not in answer
    shown = client.get(url + "?show=1", headers=htmx).content.decode()
    assert "明年接到昆山上学" in shown


def test_fragments_carry_no_rail(cast, sign_in, django_assert_max_num_queries):
    client = sign_in("teacher")
    client.get(reverse("staff:search"), {"q": "x"}, headers={"HX-Request": "true"})
    with django_assert_max_num_queries(7):
        client.get(reverse("staff:search"), {"q": "xmy"}, headers={"HX-Request": "true"})


def test_switching_school_only_among_ones_own(cast, sign_in):
    client = sign_in("teacher")
    other = reverse("staff:switch_school", args=[cast.other_school.pk])
    assert client.post(other).status_code == 404
    cast.users["teacher"].posts.create(
        role="counsellor", school=cast.other_school, starts_on=date(2020, 9, 1)
    )
    give_factor(cast.users["teacher"])
    client = sign_in("teacher")
    assert client.post(other).status_code == 302
    page = client.get(reverse("staff:children")).content.decode()
    assert "马思源" in page
    assert "徐梦瑶" not in page


def test_whoever_writes_something_finds_todays_work_counted_again(cast, sign_in):
    """The page after it does not wait for the count: it shows the last one and asks once it stands."""
    client, recount = sign_in("teacher"), f'hx-get="{reverse("staff:today_count")}"'

    def seen() -> str:
        return client.get(reverse("staff:children")).content.decode()

    assert recount in seen()  # nobody has counted yet
    client.get(reverse("staff:today"))
    assert recount not in seen()
    cache.set(f"rail:work:{cast.users['teacher'].pk}", 97)
    assert ">97<" in seen()
    client.post(child_url(cast, "students:file_section", key="wish"), {"wish": "明年接到昆山上学"})
    after = seen()
    assert ">97<" in after
    assert recount in after

    at = clock.now()
    counted = client.get(reverse("staff:today_count"), headers={"HX-Request": "true"})
    assert f">{len(work_of(cast.users['teacher'], at))}<" in counted.content.decode()
    assert ">97<" not in seen()
    assert recount not in seen()
