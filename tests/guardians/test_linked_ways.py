"""A channel that a family linked is tried before the numbers, but it is no number to print or to correct."""

import pytest
from django.urls import reverse

from core import clock
from guardians import actions
from guardians.models import ContactPoint
from guardians.work import work_for
from tests.factories.family_around import entrust

pytestmark = pytest.mark.django_db
IDS = {"wechat": "oWx7", "wecom": "p-4711"}


@pytest.fixture
def teacher(client, cast):
    client.force_login(cast.users["teacher"])
    return client


@pytest.fixture
def linked(cast):
    """WeChat and WeCom of mother and carer, in front of their numbers."""
    for who in ("mother", "grandmother"):
        adult = cast.adults[who]
        number = adult.contact_points.get(kind="phone").address
        for kind, address in IDS.items():
            actions.link_contact_point(
                adult=adult, kind=kind, address=address, linked_from=number, at=clock.now()
            )
        assert adult.contact_points.all()[0].kind != "phone"


def notice_of(teacher, cast) -> str:
    care = entrust(cast)
    place = [cast.students["mengyao"].pk, care.pk, "village"]
    return teacher.get(reverse("guardians:family_notice", args=place)).content.decode()


def test_the_notice_of_entrusted_care_prints_the_phones(teacher, cast, linked):
    shown = notice_of(teacher, cast)
    assert "联系电话：138 9351 0003" in shown
    assert "王芳 138 9351 0001" in shown
    assert not any(address in shown for address in IDS.values())


def test_a_number_that_is_not_theirs_is_not_printed(teacher, cast):
    cast.adults["grandmother"].contact_points.update(disputed_at=clock.now())
    assert "138 9351 0003" not in notice_of(teacher, cast)


def test_the_family_s_own_details_show_no_id(client, cast, linked):
    client.force_login(cast.users["mother"])
    page = client.get(reverse("family:details"))
    assert page.context["phones"] == ["138 9351 0001"]


def test_a_failing_number_is_the_one_to_correct(teacher, cast, linked):
    mother, child = cast.adults["mother"], cast.students["mengyao"]
    failing = {"failing_since": clock.now(), "failing_cause": "out_of_service"}
    mother.contact_points.update(**failing)
    point = mother.contact_points.get(kind="phone")
    form = reverse("guardians:family_way", args=[child.pk, mother.pk, point.pk])
    assert form in teacher.get(reverse("guardians:family", args=[child.pk])).content.decode()
    [item] = [
        one
        for one in work_for(cast.users["teacher"], clock.now())
        if one.key == f"reach-{mother.pk}"
    ]
    assert item.act_url.endswith(f"/{point.pk}/")


def test_nobody_checks_a_linked_channel_with_a_code(teacher, cast, linked):
    mother, child = cast.adults["mother"], cast.students["mengyao"]
    mother.contact_points.update(failing_since=clock.now())
    page = teacher.get(reverse("guardians:family_adult", args=[child.pk, mother.pk]))
    offered = {way["section"].key: way["verify_url"] for way in page.context["ways"]}
    for point in ContactPoint.objects.filter(adult=mother):
        check = reverse("delivery:verify_way", args=[point.pk])
        is_number = point.kind == "phone"
        assert offered[f"way-{point.pk}"] == (check if is_number else "")
        assert teacher.get(check).status_code == (200 if is_number else 404)


def test_a_channel_linked_by_two_is_named_and_its_id_is_not(teacher, cast, linked):
    place = [cast.students["mengyao"].pk, cast.adults["mother"].pk]
    page = teacher.get(reverse("guardians:family_adult", args=place))
    words = [one.text for one in page.context["sharing"]]
    assert sorted(words) == ["企业微信也能联系到李秀兰。", "微信也能联系到李秀兰。"]
    assert not any(address in page.content.decode() for address in IDS.values())
