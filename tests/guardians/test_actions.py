"""What is written about a family: dated rows, contact points, blocking, and whom nobody is asked about."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.history import changes_of
from core import clock
from guardians import actions, queries
from guardians.clock.connection import away_with_talks, connection_from
from guardians.models import Adult, ContactPoint
from tests.factories.cast import make_adult

pytestmark = pytest.mark.django_db


def today():
    return timezone.localdate(clock.now())


def usable(adult):
    return list(
        queries.usable_contact_points().filter(adult=adult).values_list("address", flat=True)
    )


def test_a_blocked_adults_address_is_closed_for_those_who_share_it(cast):
    grandmother, father = cast.adults["grandmother"], cast.adults["father"]
    shared = father.contact_points.get().address
    other = "+8613893519999"
    for address in (shared, other):
        actions.add_contact_point(
            adult=grandmother,
            kind="phone",
            address=address,
            as_written=address,
            by=cast.users["teacher"],
        )
    assert shared not in usable(grandmother)
    assert other in usable(grandmother)
    actions.unblock_adult(adult=father, by=cast.users["principal"], at=clock.now())
    assert shared in usable(grandmother)


@pytest.mark.parametrize("condition", [c for c in Adult.Condition.values if c != "in_touch"])
def test_whoever_is_not_in_touch_is_never_asked(cast, condition):
    mother = cast.adults["mother"]
    on = today()
    assert queries.askable_parents(on).filter(adult=mother).exists()
    actions.update_adult(adult=mother, changes={"condition": condition}, by=cast.users["teacher"])
    assert not queries.askable_parents(on).filter(adult=mother).exists()
    assert not queries.parents_away(on).filter(adult=mother).exists()


def test_opting_out_and_in_again(cast):
    mother, on = cast.adults["mother"], today()
    actions.opt_out(adult=mother, at=clock.now())
    assert not queries.askable_parents(on).filter(adult=mother).exists()
    assert queries.parents_away(on).filter(adult=mother).exists()
    actions.opt_in(adult=mother)
    assert queries.askable_parents(on).filter(adult=mother).exists()


def test_a_new_number_starts_without_the_old_ones_troubles(cast):
    point = cast.adults["mother"].contact_points.get()
    at, by = clock.now(), cast.users["teacher"]
    told = {"contact_point_id": point.pk, "address": point.address}
    actions.note_delivery(**told, worked=False, at=at, cause="out_of_service")
    actions.dispute_address(contact_point_id=point.pk, at=at)
    point.refresh_from_db()
    assert usable(cast.adults["mother"]) == []
    changed = {"kind": "phone", "address": "+8613893518888", "as_written": "13893518888"}
    actions.change_contact_point(point=point, by=by, **changed)
    point.refresh_from_db()
    assert (point.failing_since, point.disputed_at, point.failing_cause) == (None, None, "")
    assert usable(cast.adults["mother"]) == ["+8613893518888"]


def test_a_dispute_that_comes_while_the_number_is_edited_stays(cast):
    opened = cast.adults["mother"].contact_points.get()
    actions.dispute_address(contact_point_id=opened.pk, at=clock.now())
    same = {"kind": opened.kind, "address": opened.address, "as_written": opened.as_written}
    by = cast.users["teacher"]
    actions.change_contact_point(point=opened, by=by, by_call=True, **same)
    now = ContactPoint.objects.get(pk=opened.pk)
    assert now.by_call
    assert now.disputed_at is not None
    assert usable(cast.adults["mother"]) == []


def test_staff_who_tried_a_number_clear_failure_and_dispute(cast):
    point = cast.adults["mother"].contact_points.get()
    at = clock.now()
    actions.dispute_address(contact_point_id=point.pk, at=at)
    point.refresh_from_db()
    actions.verify_contact_point(point=point, by=cast.users["teacher"], at=at)
    point = ContactPoint.objects.get(pk=point.pk)
    assert point.verified_at == at
    assert usable(cast.adults["mother"]) == [point.address]


def test_an_adult_saved_from_two_tabs_is_one_record(cast):
    """Two records would each be asked every week."""
    said = {
        "student": cast.students["mengyao"],
        "name": "王小姨",
        "relation": "maternal_aunt",
        "kind": "carer",
        "starts_on": today(),
        "by": cast.users["teacher"],
    }
    number = {"address": "+8613893517777", "as_written": "13893517777"}
    first = actions.add_family_member(**said, **number)
    assert actions.add_family_member(**said, **number) == first
    assert first.adult.contact_points.count() == 1
    # Another number was meant to be kept: nothing that somebody typed is lost.
    other = {"address": "+8613893516666", "as_written": "13893516666"}
    assert actions.add_family_member(**said, **other) != first


def test_the_same_word_recorded_twice_is_one_contact(cast):
    word = {
        "student": cast.students["mengyao"],
        "adult": cast.adults["mother"],
        "happened_on": today(),
        "reported_by": "parent",
        "source_key": "check-in:1:1",
        "at": clock.now(),
    }
    first, second = actions.record_contact(**word), actions.record_contact(**word)
    assert first == second
    assert actions.retract_contact(source_key="check-in:1:1", at=clock.now())
    assert not actions.retract_contact(source_key="check-in:1:1", at=clock.now())
    assert actions.record_contact(**word).retracted_at is None
    first.refresh_from_db()
    assert first.retracted_at is None


def test_the_first_day_again_corrects_the_place(cast):
    mother, by = cast.adults["mother"], cast.users["teacher"]
    since = mother.migrations.get().starts_on
    actions.set_whereabouts(
        adult=mother,
        is_away=True,
        place="苏州",
        work="",
        shift="day",
        starts_on=since,
        by=by,
    )
    assert [row.place for row in mother.migrations.all()] == ["苏州"]
    assert [(c.before, c.after) for c in changes_of(mother.migrations.get(), ["place"])] == [
        ("昆山", "苏州")
    ]


def test_grandparents_may_care_together(cast):
    child, on = cast.students["mengyao"], today()
    grandfather = make_adult(cast.school, "徐有才")
    actions.set_carer(
        student=child,
        adult=grandfather,
        relation="paternal_grandfather",
        starts_on=on,
        others_go_on=True,
        by=cast.users["teacher"],
    )
    now = queries.current_guardianships(on).filter(student=child, kind="carer")
    assert {row.adult.name for row in now} == {"李秀兰", "徐有才"}
    actions.set_carer(
        student=child,
        adult=grandfather,
        relation="paternal_grandfather",
        starts_on=on,
        by=cast.users["teacher"],
    )
    assert [row.adult.name for row in now.all()] == ["徐有才"]


def test_connection_counts_only_the_last_seven_days(cast):
    children, on = type(cast.students["mengyao"]).objects.filter(school=cast.school), today()
    for key, days in (("mengyao", 6), ("haitao", 7)):
        actions.record_contact(
            student=cast.students[key],
            adult=cast.adults["mother"],
            happened_on=on - timedelta(days=days),
            reported_by="staff",
            at=clock.now(),
        )
    connection = connection_from(away_with_talks(children, on))
    assert (connection.away, connection.talked, connection.confirmed) == (3, 1, 1)
