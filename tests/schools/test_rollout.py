"""Schools that begin one after the other: who plans it, what may still be moved, and who is told."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core import clock
from core.weeks import next_monday
from delivery import tasks
from delivery.models import OutboxMessage
from schools.models import County, School, Wave, WaveSchool
from schools.rollout.queries import day_ahead, schools_that_wait
from schools.rollout.rules import has_begun
from tests.factories.cast import make_school
from tests.factories.factors import sign_in
from tests.factories.founding import make_wave, new_school

pytestmark = pytest.mark.django_db
PLAN = "founding:rollout"


@pytest.fixture
def officer(cast):
    client = Client()
    sign_in(client, cast.users["county"])
    return client


@pytest.fixture
def today():
    return timezone.localdate()


def wave_of(school: School) -> Wave | None:
    row = WaveSchool.objects.filter(school=school).select_related("wave").first()
    return row.wave if row else None


def put(client: Client, school: School, wave: Wave | None, was: Wave | None = None):
    """As the page sends it: beside each choice what it showed."""
    name = f"school-{school.pk}"
    said = {name: wave.pk if wave else "", f"initial-{name}": was.pk if was else ""}
    return client.post(reverse("founding:rollout_place"), said)


def test_a_school_begins_with_its_wave_and_without_one_with_its_first_message():
    on = date(2026, 12, 7)
    assert has_begun(None, is_sending=True, on=on)
    assert not has_begun(None, is_sending=False, on=on)
    assert has_begun(on, is_sending=False, on=on)
    assert not has_begun(on + timedelta(days=1), is_sending=True, on=on)


def test_a_wave_is_added_filled_moved_emptied_and_removed(cast, officer, today):
    school, monday = new_school(cast), next_monday(today)
    officer.post(reverse("founding:rollout_add"), {"new-name": "第一批", "new-starts_on": monday})
    wave = Wave.objects.get()
    assert (wave.county, wave.starts_on, wave.set_by) == (cast.county, monday, cast.users["county"])
    put(officer, school, wave)
    assert wave_of(school) == wave
    assert schools_that_wait(today) == {school.pk}
    assert schools_that_wait(monday) == set()

    later = monday + timedelta(weeks=2)
    form = {f"wave{wave.pk}-name": "头一批", f"wave{wave.pk}-starts_on": later}
    officer.post(reverse("founding:rollout_change", args=[wave.pk]), form)
    assert day_ahead(school, today) == later
    page = officer.get(reverse(PLAN)).content.decode()
    assert "头一批" in page

    remove = reverse("founding:rollout_remove", args=[wave.pk])
    assert "请先把它们移走" in officer.post(remove, follow=True).content.decode()
    put(officer, school, None, was=wave)
    assert wave_of(school) is None
    officer.post(remove)
    assert not Wave.objects.exists()


@pytest.mark.parametrize(
    ("starts_on", "words"),
    [
        (lambda monday: monday + timedelta(days=1), "请选一个周一"),
        (lambda monday: monday - timedelta(weeks=2), "这一天不在将来"),
        (lambda monday: monday + timedelta(weeks=150), "两年以内"),
        (lambda monday: "31.2.", ""),
    ],
)
def test_a_day_that_cannot_be_is_refused_at_its_field(cast, officer, today, starts_on, words):
    on = starts_on(next_monday(today))
    answer = officer.post(
        reverse("founding:rollout_add"), {"new-name": "第一批", "new-starts_on": on}
    )
    assert answer.status_code == 422
    assert 'value="第一批"' in answer.content.decode()
    assert "starts_on" in answer.context["new"].errors
    assert not Wave.objects.exists()


def test_two_waves_of_one_name_are_refused(cast, officer, today):
    make_wave(cast.county, 3, "第一批")
    form = {"new-name": "第一批", "new-starts_on": next_monday(today)}
    assert officer.post(reverse("founding:rollout_add"), form).status_code == 422
    assert Wave.objects.count() == 1


def test_what_has_begun_stays_and_the_page_says_why(cast, officer, today):
    begun, school = make_wave(cast.county, -2), new_school(cast)
    ahead = make_wave(cast.county, 2)
    WaveSchool.objects.create(
        school=school, wave=begun, placed_by=cast.users["county"], placed_at=timezone.now()
    )
    answer = put(officer, school, ahead, was=begun)
    assert answer.status_code == 422
    assert "在此期间已经开始" in answer.content.decode()
    assert wave_of(school) == begun
    form = {f"wave{begun.pk}-name": "晚点", f"wave{begun.pk}-starts_on": next_monday(today)}
    answer = officer.post(reverse("founding:rollout_change", args=[begun.pk]), form)
    assert answer.status_code == 422
    officer.post(reverse("founding:rollout_remove", args=[begun.pk]))
    assert Wave.objects.get(pk=begun.pk).starts_on == begun.starts_on
    assert "不能再改批次" in officer.get(reverse(PLAN)).content.decode()


def test_a_school_that_asks_its_families_already_is_not_put_off(cast, officer, today):
    """An officer's form is an attack surface: nobody takes away what families have."""
    ahead = make_wave(cast.county, 2)
    assert cast.school.sending_started_at is not None
    answer = put(officer, cast.school, ahead)
    assert answer.status_code == 422
    assert wave_of(cast.school) is None
    assert schools_that_wait(today) == set()


def test_nobody_reaches_another_countys_schools_or_waves(cast, officer, today):
    far = County.objects.create(name="外县")
    school = make_school(far, "外县小学", "620700001", sending_started_at=None)
    wave = make_wave(cast.county, 2)
    put(officer, school, wave)
    assert wave_of(school) is None
    other = Wave.objects.create(
        county=far,
        name="外",
        starts_on=next_monday(today),
        set_by=cast.users["county"],
        set_at=timezone.now(),
    )
    mine = new_school(cast)
    assert put(officer, mine, other).status_code == 422
    assert wave_of(mine) is None
    for name in ("founding:rollout_change", "founding:rollout_remove"):
        assert officer.post(reverse(name, args=[other.pk])).status_code == 404


def test_of_two_officers_the_second_undoes_nothing_that_they_did_not_touch(cast, officer):
    school, other = new_school(cast), new_school(cast, "直滩小学", "62062298")
    wave = make_wave(cast.county, 2)
    put(officer, school, wave)
    stale = {
        f"{prefix}school-{one.pk}": "" for one in (school, other) for prefix in ("", "initial-")
    }
    officer.post(reverse("founding:rollout_place"), stale | {f"school-{other.pk}": wave.pk})
    assert wave_of(school) == wave_of(other) == wave


def test_those_who_answer_for_a_school_are_told_of_each_change_once(cast):
    School.objects.filter(pk=cast.school.pk).update(sending_started_at=None)
    wave = make_wave(cast.county, 2, "", cast.school)

    def told() -> set[str]:
        tasks.queue_account_notices()
        rows = OutboxMessage.objects.filter(dedupe_key__startswith="wave:")
        return set(rows.values_list("user__username", "dedupe_key"))

    first = told()
    assert {name for name, _key in first} == {"admin", "principal"}
    assert told() == first
    wave.starts_on, wave.set_at = wave.starts_on + timedelta(weeks=1), wave.set_at + timedelta(1)
    wave.save()
    second = told() - first
    assert len(second) == len(first)
    WaveSchool.objects.update(wave=None, placed_at=clock.now() + timedelta(2))
    assert len(told() - first - second) == len(first)


def test_those_who_answer_for_a_school_see_its_day(cast):
    for key in ("admin", "principal"):
        client = Client()
        sign_in(client, cast.users[key])
        assert "按县里的安排" not in client.get(reverse("staff:today")).content.decode()
    make_wave(cast.county, 2, "", cast.school)
    for key in ("admin", "principal"):
        client = Client()
        sign_in(client, cast.users[key])
        assert "按县里的安排" in client.get(reverse("staff:today")).content.decode()
    for name in ("messaging:board", "messaging:next"):
        teacher = Client()
        sign_in(teacher, cast.users["teacher"])
        assert "按县里的安排" in teacher.get(reverse(name)).content.decode()


def test_the_plan_asks_as_many_statements_for_one_school_as_for_ten(cast, officer):
    counts = []
    for size in (1, 9):
        for number in range(size):
            school = new_school(cast, f"第{size}{number}小学", f"6206{size}{number:03d}")
            make_wave(cast.county, 2, f"批{size}{number}", school)
        officer.get(reverse(PLAN))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            officer.get(reverse(PLAN))
        counts.append(len(asked))
    assert counts[0] == counts[1]
