"""The pages of the evening: for the teacher, the family, the neighbour and the village."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from core import clock
from guardians.blocking.actions import block_adult
from guardians.models import ContactPoint, Guardianship, NearbyAdult
from guardians.nearby.queries import missing_of, people_that_count
from guardians.nearby.rules import Missing
from nights import actions, links, rules
from nights.family import family_lines
from nights.models import Asking, Night, Switch
from nights.work import work_for
from tests.days import day_of
from tests.factories.nights import asked, make_nearby, near, village_of


@pytest.fixture
def at():
    return clock.now()


def as_(cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.users[who])
    return client


def start(cast, at) -> Night:
    return actions.start(
        student=cast.students["mengyao"], reason="hospital", by=cast.users["teacher"], at=at
    )


def page_of(night: Night) -> str:
    asking = asked(night)
    return reverse(
        "family_nights:question", args=[links.token_for(asking.pk, None, asking.adult_id)]
    )


def test_somebody_is_added_and_each_word_is_written_down(cast, at):
    client, child = as_(cast, "teacher"), cast.students["mengyao"]
    url = f"/children/{child.pk}/family/nearby/"
    today = day_of(at).isoformat()
    new = {"who": "new", "name": "李婶", "relation": "other", "minutes": 3, "willing_on": today}
    refused = client.post(f"{url}add/", new)
    assert refused.status_code == 422  # nobody can ask somebody without a number
    assert client.post(f"{url}add/", new | {"phone": "13893510051"}).status_code == 302
    row = NearbyAdult.objects.get()
    assert missing_of(row) == (Missing.PARENT, Missing.CHILD, Missing.VILLAGE)
    tie = Guardianship.objects.get(adult=row.adult)
    assert (tie.kind, tie.may_see_file) == ("contact", False)
    assert "爸妈还没同意" in client.get(f"/children/{child.pk}/").content.decode()
    [line] = [one for one in work_for(cast.users["teacher"], at) if one.key == "nearby"]
    assert line.student_id == child.pk
    mother = {"parent": cast.adults["mother"].pk, "how": "call"}
    for what, said in (
        ("agreed", mother),
        ("child", {"on": today, "wants": "yes"}),
        ("village", {"on": today}),
    ):
        assert not people_that_count(day_of(at)).exists()
        client.post(f"{url}{row.pk}/{what}/", said)
    assert people_that_count(day_of(at)).get() == row
    assert not [one for one in work_for(cast.users["teacher"], at) if one.key == "nearby"]
    assert "李婶" in client.get(f"{url}paper/").content.decode()


def test_a_blocked_parent_agrees_to_nobody(cast, at):
    row = make_nearby(cast, "李婶", "+8613893510051", agreed_at=None, agreed_how="", agreed_by=None)
    url = f"/children/{cast.students['mengyao'].pk}/family/nearby/{row.pk}/agreed/"
    as_(cast, "teacher").post(url, {"parent": cast.adults["father"].pk, "how": "call"})
    row.refresh_from_db()
    assert row.agreed_at is None


def test_a_day_to_come_is_refused(cast, at):
    row = make_nearby(cast, "李婶", "+8613893510051", village_told_on=None)
    url = f"/children/{cast.students['mengyao'].pk}/family/nearby/{row.pk}/village/"
    later = day_of(at) + timedelta(days=1)
    as_(cast, "teacher").post(url, {"on": later.isoformat()})
    row.refresh_from_db()
    assert row.village_told_on is None


def test_a_mother_agrees_and_takes_it_back_on_her_page(cast, at):
    row = make_nearby(cast, "李婶", "+8613893510051", agreed_at=None, agreed_how="", agreed_by=None)
    mother, child = as_(cast, "mother"), cast.students["mengyao"].pk
    lines = family_lines([child], [cast.adults["mother"]], at)
    assert lines[child][0].url == f"/f/tonight/{child}/"
    url = f"/f/tonight/{child}/agree/{row.pk}/"
    mother.post(url, {"to": "yes"})
    row.refresh_from_db()
    assert (row.agreed_by, row.agreed_how) == (cast.adults["mother"], "page")
    assert people_that_count(day_of(at)).get() == row
    assert family_lines([child], [cast.adults["mother"]], at) == {}
    mother.post(url, {"to": "no"})
    assert not people_that_count(day_of(at)).exists()


def test_two_at_most_and_who_goes_makes_room(cast, at):
    first = make_nearby(cast, "李婶", "+8613893510051")
    second = make_nearby(cast, "杨建军", "+8613893510052", rank=2)
    client, url = as_(cast, "teacher"), f"/children/{cast.students['mengyao'].pk}/family/nearby/"
    new = {
        "who": "new", "name": "马嫂", "relation": "other", "minutes": 3, "phone": "13893510053",
        "willing_on": day_of(at).isoformat(),
    }  # fmt: skip
    client.post(f"{url}add/", new)
    assert NearbyAdult.objects.filter(ended_at=None).count() == 2
    client.post(f"{url}{first.pk}/swap/")
    assert [row.rank for row in NearbyAdult.objects.order_by("pk")] == [2, 1]
    client.post(f"{url}{second.pk}/end/")
    first.refresh_from_db()
    assert first.rank == 1
    client.post(f"{url}add/", new)
    assert NearbyAdult.objects.get(adult__name="马嫂").rank == 2


def test_a_block_ends_it_at_that_moment_and_lifting_it_does_not_bring_it_back(cast, at):
    row = make_nearby(cast, "李婶", "+8613893510051")
    block_adult(adult=row.adult, reason="法院保护令", by=cast.users["principal"], at=at)
    row.refresh_from_db()
    assert row.ended_at == at
    page = as_(cast, "teacher").get(f"/children/{cast.students['mengyao'].pk}/family/nearby/")
    assert "李婶" not in page.content.decode()


def test_the_neighbour_answers_on_the_page_and_may_think_again(cast, at):
    make_nearby(cast, "李婶", "+8613893510051")
    night = start(cast, at)
    url, client = page_of(night), Client()
    page = client.get(url).content.decode()
    assert "梦瑶" in page
    assert Asking.objects.get().answer == ""  # a preview answers nothing
    client.post(url, {"answer": "yes"})
    assert Night.objects.get().settled_as == "nearby"
    assert "我又去不了了" in client.get(url).content.decode()
    client.post(url, {"answer": "no"})
    assert Night.objects.get().settled_at is None
    client.post(url, {"answer": "nonsense"})
    assert Asking.objects.get().answer == "no"


def test_a_number_that_is_not_theirs_any_more_opens_nothing(cast, at):
    row = make_nearby(cast, "李婶", "+8613893510051")
    night = start(cast, at)
    point = ContactPoint.objects.get(adult=row.adult)
    asking = asked(night)
    url = reverse(
        "family_nights:question", args=[links.token_for(asking.pk, point.pk, row.adult_id)]
    )
    client = Client()
    assert client.get(url).status_code == 200
    client.post(url, {"answer": "stranger"})
    point.refresh_from_db()
    assert point.disputed_at is not None
    assert client.get(url).status_code == 404
    client.post(url, {"answer": "yes"})
    assert Night.objects.get().is_open


def test_a_blocked_neighbour_meets_the_page_of_an_expired_link(cast, at):
    row = make_nearby(cast, "李婶", "+8613893510051")
    url = page_of(start(cast, at))
    block_adult(adult=row.adult, reason="法院保护令", by=cast.users["principal"], at=at)
    for answer in (Client().get(url), Client().post(url, {"answer": "yes"})):
        assert answer.status_code == 404
        assert "梦瑶" not in answer.content.decode()
    assert Night.objects.get().is_open


def test_the_village_sees_only_what_was_put_to_it(cast, at):
    village_of(cast.students["mengyao"])
    night = start(cast, at)
    client = as_(cast, "village")
    assert "徐梦瑶" not in client.get("/v/").content.decode()
    assert client.post(f"/v/tonight/{night.pk}/").status_code == 404
    # Nobody near by: duty was told at once; then the village.
    actions.follow(night.step_ends_at)
    assert "徐梦瑶" in client.get("/v/").content.decode()
    assert client.post(f"/v/tonight/{night.pk}/").status_code == 302
    assert Night.objects.get().settled_by == cast.users["village"]
    assert "徐梦瑶" not in client.get("/v/").content.decode()


def test_a_switch_says_whom_it_reaches_before_it_asks(cast, at):
    client, today = as_(cast, "principal"), day_of(at)
    form = {
        "key": "6a1e0c5a-6f0e-4c55-9d29-3a5f3d1f6b19", "of": "all", "reason": "storm",
        "starts_on": today.isoformat(), "ends_on": today.isoformat(),
    }  # fmt: skip
    shown = client.post("/tonight/switch/", form).content.decode()
    assert "<b>3</b>" in shown
    assert "丁海涛" in shown  # nobody at home with him can be asked
    assert not Switch.objects.exists()
    client.post("/tonight/switch/", form | {"send": "1"})
    client.post("/tonight/switch/", form | {"send": "1"})
    made = Switch.objects.get()
    late = today + timedelta(days=rules.SWITCH_DAYS_MOST)
    assert client.post("/tonight/switch/", form | {"ends_on": late.isoformat()}).status_code == 422
    assert client.post(f"/tonight/switch/{made.pk}/off/").status_code == 302
    made.refresh_from_db()
    assert made.called_off_by == cast.users["principal"]


def test_a_class_teacher_asks_the_own_class_alone(cast, at):
    today = day_of(at).isoformat()
    form = {
        "key": "6a1e0c5a-6f0e-4c55-9d29-3a5f3d1f6b19", "reason": "storm", "starts_on": today,
        "ends_on": today, "send": "1",
    }  # fmt: skip
    client = as_(cast, "teacher")
    for of in ("all", cast.next_class.pk):
        assert client.post("/tonight/switch/", form | {"of": of}).status_code == 422
    client.post("/tonight/switch/", form | {"of": cast.school_class.pk})
    assert Switch.objects.get().school_class == cast.school_class


def test_many_children_are_one_line_of_today(cast, at):
    now = at.replace(hour=10, minute=30)  # 18:30 in China
    actions.switch_on(
        school=cast.school,
        school_class=None,
        reason="storm",
        days=(day_of(now), day_of(now)),
        with_boarders=False,
        key="6a1e0c5a-6f0e-4c55-9d29-3a5f3d1f6b19",
        by=cast.users["principal"],
        at=now,
    )
    actions.follow(now)
    assert Night.objects.count() == 2
    [line] = [one for one in work_for(cast.users["teacher"], now) if one.key.startswith("night")]
    assert line.student_id == 0


def test_one_neighbour_of_two_families_is_asked_once_and_the_second_family_goes_on(cast, at):
    row = make_nearby(cast, "李婶", "+8613893510051")
    near(cast, row.adult, child="haitao")
    start(cast, at)
    other = actions.start(
        student=cast.students["haitao"], reason="other", by=cast.users["counsellor"], at=at
    )
    assert Asking.objects.filter(adult=row.adult).count() == 1
    assert other.step == rules.DUTY
