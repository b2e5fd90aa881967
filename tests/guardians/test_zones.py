"""The clock of a place abroad, from its name."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from guardians.actions import set_whereabouts
from guardians.zones import NAMES, zone_after_move, zone_of


@pytest.mark.parametrize(
    ("place", "zone"),
    [
        ("日本东京", "Asia/Tokyo"),
        ("东京", "Asia/Tokyo"),
        ("Tokyo, Japan", "Asia/Tokyo"),
        ("在韩国首尔", "Asia/Seoul"),
        ("新加坡", "Asia/Singapore"),
        ("迪拜", "Asia/Dubai"),
        ("安哥拉罗安达", "Africa/Luanda"),
        ("俄罗斯莫斯科", "Europe/Moscow"),
        ("美国纽约", "America/New_York"),
        ("江苏苏州新加坡工业园", ""),
        ("东京城镇", ""),
        ("罗马尼亚", ""),
        ("巴黎春天", ""),
        ("东京路", ""),
        ("万象城", ""),
        ("胡志明市", "Asia/Ho_Chi_Minh"),
        ("Inner Mongolia", ""),
        ("去Dubai", "Asia/Dubai"),
        ("新疆乌鲁木齐", ""),
        ("广东东莞", ""),
        ("", ""),
    ],
)
def test_a_place_tells_its_zone_or_nothing(place, zone):
    assert (zone_of(place).name, zone_of(place).is_unclear) == (zone, False)


def test_a_clock_that_was_chosen_for_a_large_country_ends_with_the_way_home():
    assert zone_after_move("美国", "深圳", "America/Los_Angeles") == "Asia/Shanghai"
    assert zone_after_move("美国", "加拿大", "America/Los_Angeles") == "America/Los_Angeles"


@pytest.mark.parametrize("place", ["美国", "俄罗斯", "Canada", "澳大利亚"])
def test_a_country_with_several_zones_is_not_guessed(place):
    assert (zone_of(place).name, zone_of(place).is_unclear) == ("", True)


def test_every_zone_exists():
    assert all(ZoneInfo(zone) for zone in NAMES)


def moves(adult, place, on, by):
    set_whereabouts(
        adult=adult, is_away=bool(place), place=place, work="", shift="", starts_on=on, by=by
    )
    adult.refresh_from_db()
    return adult.time_zone


@pytest.mark.django_db
def test_the_clock_goes_with_an_adult(cast):
    mother, by = cast.adults["mother"], cast.users["teacher"]
    days = [date(2026, 11, day) for day in (1, 2, 3, 4)]
    assert moves(mother, "日本东京", days[0], by) == "Asia/Tokyo"
    assert moves(mother, "大阪", days[1], by) == "Asia/Tokyo"
    assert moves(mother, "", days[2], by) == "Asia/Shanghai"
    mother.time_zone = "Asia/Almaty"  # chosen by hand
    mother.save(update_fields=["time_zone"])
    assert moves(mother, "中亚", days[3], by) == "Asia/Almaty"


@pytest.mark.django_db
def test_the_page_says_by_which_clock(client, cast):
    mother, by = cast.adults["mother"], cast.users["teacher"]
    client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
    moves(mother, "日本东京", date(2026, 11, 1), by)
    url = reverse("guardians:family_adult", args=[cast.students["mengyao"].pk, mother.pk])
    assert "按东京时间" in client.get(url).content.decode()
    moves(mother, "美国", date(2026, 11, 2), by)
    mother.time_zone = "Asia/Shanghai"
    mother.save(update_fields=["time_zone"])
    assert "好几个时区" in client.get(url).content.decode()
    form = client.get(
        reverse("guardians:family_details", args=[cast.students["mengyao"].pk, mother.pk])
    )
    assert "东京，现在" in form.content.decode()
