"""Where the parents of a class live, recorded for many families at once."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from guardians.models import Migration
from guardians.queries import parents_of_unknown_place
from guardians.work import WHEREABOUTS_ASKED_A_DAY, work_for
from tests.factories.cast import make_adult, make_guardianship, make_student

URL = reverse("staff:whereabouts")
NAMES = "甲乙丙丁戊"


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def families(cast) -> dict[str, tuple]:
    """Five children of the teacher's class of whose parents nobody knows; two of them are siblings."""
    found = {}
    for at, letter in enumerate(NAMES):
        child = make_student(cast.school_class, f"宋{letter}")
        father = make_adult(cast.school, f"宋大{letter}", f"+861389351020{at}")
        mother = make_adult(cast.school, f"李大{letter}", f"+861389351021{at}")
        for adult, relation in ((father, "father"), (mother, "mother")):
            make_guardianship(child, adult, relation)
        found[letter] = (child, father, mother)
    sibling = make_student(cast.school_class, "宋小甲")
    for adult, relation in zip(found["甲"][1:], ("father", "mother"), strict=True):
        make_guardianship(sibling, adult, relation)
    return found


@pytest.fixture
def teacher(client, cast):
    client.force_login(cast.users["teacher"], "django.contrib.auth.backends.ModelBackend")
    return client


def places() -> dict[str, bool]:
    rows = Migration.objects.filter(adult__name__contains="大").select_related("adult")
    return {row.adult.name: row.is_away for row in rows}


@pytest.mark.django_db
def test_one_list_and_one_saving_for_a_whole_class(teacher, cast, families, today):
    page = teacher.get(URL)
    lines = page.context["lines"]
    assert len(lines) == len(NAMES)  # brothers and sisters are one family
    assert "宋甲、宋小甲" in [line.name for line in lines]
    key = {letter: f"f{families[letter][0].pk}" for letter in NAMES}
    answers = {key["甲"]: "aa", key["乙"]: "ah", key["丙"]: "ha", key["丁"]: "hh", key["戊"]: ""}
    since = today - timedelta(days=3)
    answer = teacher.post(URL, {"class": cast.school_class.pk, "starts_on": since, **answers})
    assert answer.status_code == 302
    assert places() == {
        "宋大甲": True, "李大甲": True, "宋大乙": True, "李大乙": False,
        "宋大丙": False, "李大丙": True, "宋大丁": False, "李大丁": False,
    }  # fmt: skip
    assert {row.starts_on for row in Migration.objects.filter(adult__name="宋大甲")} == {since}
    assert len(teacher.get(URL).context["lines"]) == 1


@pytest.mark.django_db
def test_saved_twice_it_is_there_once_and_overrules_nobody(teacher, cast, families, today):
    data = {"class": cast.school_class.pk, "starts_on": today, f"f{families['甲'][0].pk}": "aa"}
    teacher.post(URL, data)
    colleague = Migration.objects.get(adult__name="宋大甲")
    colleague.place = "深圳"
    colleague.save()
    assert teacher.post(URL, data | {f"f{families['甲'][0].pk}": "hh"}).status_code == 302
    assert places() == {"宋大甲": True, "李大甲": True}
    assert Migration.objects.get(adult__name="宋大甲").place == "深圳"


@pytest.mark.django_db
@pytest.mark.parametrize("odd", ["a", "aaa", "ax", "x"])
def test_an_odd_answer_saves_nothing_and_keeps_the_others(teacher, cast, families, today, odd):
    good, bad = f"f{families['甲'][0].pk}", f"f{families['乙'][0].pk}"
    data = {"class": cast.school_class.pk, "starts_on": today, good: "aa", bad: odd}
    answer = teacher.post(URL, data)
    assert answer.status_code == 422
    assert places() == {}
    assert answer.context["form"].data[good] == "aa"


@pytest.mark.django_db
def test_a_day_to_come_is_refused(teacher, cast, families, today):
    tomorrow = today + timedelta(days=1)
    data = {"starts_on": tomorrow, f"f{families['甲'][0].pk}": "aa"}
    assert teacher.post(URL, data).status_code == 422
    assert places() == {}


@pytest.mark.django_db
def test_an_earlier_place_stays_on_record_until_the_day_before(teacher, families, today):
    father = families["甲"][1]
    ended = today - timedelta(days=2)
    Migration.objects.create(
        school=father.school, adult=father, is_away=False,
        starts_on=today - timedelta(days=40), ends_on=ended,
    )  # fmt: skip
    data = {"starts_on": today - timedelta(days=20), f"f{families['甲'][0].pk}": "aa"}
    assert teacher.post(URL, data).status_code == 302
    rows = Migration.objects.filter(adult=father).order_by("starts_on")
    assert [(row.is_away, row.starts_on) for row in rows] == [
        (False, today - timedelta(days=40)), (True, ended + timedelta(days=1)),
    ]  # fmt: skip


@pytest.mark.django_db
def test_families_of_another_class_are_not_touched(client, cast, families, today):
    client.force_login(cast.users["next_teacher"], "django.contrib.auth.backends.ModelBackend")
    assert client.get(URL).context["lines"] == []
    client.post(URL, {"starts_on": today, f"f{families['甲'][0].pk}": "aa"})
    assert client.get(f"{URL}?class={cast.school_class.pk}").status_code == 404
    assert places() == {}


@pytest.mark.django_db
def test_today_and_the_next_days_lead_there(teacher, cast, families, today):
    rows = [
        row for row in work_for(cast.users["teacher"], timezone.now()) if row.key[:5] == "where"
    ]
    assert len(rows) == WHEREABOUTS_ASKED_A_DAY
    assert [row.also_url for row in rows] == [URL, "", ""]
    opened = teacher.get(URL, headers={"HX-Request": "true"})
    assert opened.headers["HX-Redirect"] == URL
    assert URL in teacher.get(reverse("messaging:next")).content.decode()


@pytest.mark.django_db
def test_a_few_are_asked_about_one_by_one(cast, families, today):
    known = [one.pk for letter in NAMES[1:] for one in families[letter][1:]]
    parents_of_unknown_place(today).filter(adult_id__in=known).delete()
    rows = [
        row for row in work_for(cast.users["teacher"], timezone.now()) if row.key[:5] == "where"
    ]
    assert rows
    assert not any(row.also_url for row in rows[1:])
