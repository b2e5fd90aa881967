"""What a child's page asks of its file is what Today asks of it, whatever the family is like."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from core import clock
from guardians import work
from guardians.models import Adult, ContactPoint, Migration
from guardians.queries import family_facts
from tests.factories.cast import (
    STARTED_ON,
    make_adult,
    make_guardianship,
    make_student,
    send_away,
)

pytestmark = pytest.mark.django_db


def alone(cast, mother, **fields):
    """A child of the class of whom only the mother, `mother`, is on record; she works away."""
    child = make_student(cast.school_class, "孙小雨", **fields)
    make_guardianship(child, mother, "mother")
    send_away(mother, "昆山")
    return child


def adult(cast, **fields):
    return make_adult(cast.school, "孙玉梅", **fields)


def nobody_cares(cast):
    return alone(cast, adult(cast, phone="+8613893510011"))


def somebody_cares(cast):
    child = nobody_cares(cast)
    make_guardianship(child, make_adult(cast.school, "孙有才"), "paternal_grandfather")
    return child


def other_parent_at_home(cast):
    child = nobody_cares(cast)
    father = make_adult(cast.school, "孙强")
    make_guardianship(child, father, "father")
    Migration.objects.create(school=cast.school, adult=father, is_away=False, starts_on=STARTED_ON)
    return child


def carer_of_former_days(cast):
    child = nobody_cares(cast)
    gone = make_adult(cast.school, "孙有才")
    make_guardianship(child, gone, "paternal_grandfather", ends_on=today() - timedelta(days=1))
    return child


def sixteen(cast):
    return alone(cast, adult(cast, phone="+8613893510011"), born_on=date(2008, 1, 1))


def no_birthday(cast):
    return alone(cast, adult(cast, phone="+8613893510011"), born_on=None)


def no_number(cast):
    return alone(cast, adult(cast))


def numbers_fail(cast):
    mother = adult(cast, phone="+8613893510011", email="sun@example.org")
    for days, point in enumerate(mother.contact_points.order_by("pk"), start=3):
        since = clock.now() - timedelta(days=days)
        ContactPoint.objects.filter(pk=point.pk).update(
            failing_since=since, failing_cause="out_of_service"
        )
    return alone(cast, mother)


def shares_a_number_with_somebody_blocked(cast):
    return alone(cast, adult(cast, phone=cast.adults["father"].contact_points.get().address))


def opted_out(cast):
    return alone(cast, adult(cast, opted_out_at=clock.now()))


def blocked(cast):
    return alone(
        cast,
        adult(
            cast,
            blocked_at=clock.now(),
            blocked_reason="court order",
            blocked_by=cast.users["counsellor"],
        ),
    )


def without_legal_basis(cast):
    return alone(cast, adult(cast, legal_basis=Adult.LegalBasis.NONE))


def imprisoned(cast):
    return alone(cast, adult(cast, condition=Adult.Condition.IMPRISONED))


def where_is_not_known(cast):
    child = make_student(cast.school_class, "孙小雨")
    make_guardianship(child, make_adult(cast.school, "孙强"), "father", priority=1)
    make_guardianship(child, adult(cast), "mother", priority=2)
    return child


def came_home(cast):
    child = nobody_cares(cast)
    Migration.objects.update(ends_on=today() - timedelta(days=1))
    return child


ASKS = {
    nobody_cares: {"carer"},
    somebody_cares: set(),
    other_parent_at_home: set(),
    carer_of_former_days: {"carer"},
    sixteen: set(),
    no_birthday: {"carer"},
    no_number: {"carer", "reach"},
    numbers_fail: {"carer", "reach"},
    shares_a_number_with_somebody_blocked: {"carer", "reach"},
    opted_out: set(),
    blocked: set(),
    without_legal_basis: set(),
    imprisoned: set(),
    where_is_not_known: {"where"},
    came_home: {"where"},
}


def today():
    return timezone.localdate(clock.now())


@pytest.mark.parametrize("family", ASKS, ids=lambda family: family.__name__)
def test_the_childs_page_and_today_ask_the_same(cast, family, django_assert_num_queries):
    child, at = family(cast), clock.now()
    members = family_facts(child).members(today())
    with django_assert_num_queries(0):
        asked = work.work_about(child, members, at)
    on_today = work.work_for(cast.users["teacher"], at)
    assert asked == [item for item in on_today if item.student_id == child.pk]
    assert {item.key.split("-")[0] for item in asked} == ASKS[family]
