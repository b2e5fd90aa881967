"""Two records of one person: found, merged, and taken apart again byte for byte."""

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.utils import timezone
from pghistory.models import Event

from core import clock
from guardians import actions
from guardians.blocking import actions as blocking
from guardians.duplicates import merging
from guardians.duplicates import pairs as duplicates
from guardians.models import (
    ContactPoint,
    DifferentAdults,
    Guardianship,
    Merge,
    Migration,
    NumberChange,
)
from guardians.rules import are_similar_names
from students.models import Barrier
from students.policies import can_view_student
from tests.factories import cases, plans, referrals
from tests.factories.cast import STARTED_ON, make_adult, make_guardianship, send_away

pytestmark = pytest.mark.django_db


@pytest.fixture
def twin(cast):
    """王芳 a second time: the same number, one child in common, a place, a talk of her own."""
    twin = make_adult(cast.school, "王方", "+8613893510001", email="wang@example.org")
    make_guardianship(
        cast.students["mengyao"],
        twin,
        "mother",
        starts_on=date(2019, 1, 1),
        may_see_file=False,
        priority=3,
    )
    make_guardianship(cast.students["haitao"], twin, "relative", kind="contact")
    send_away(twin, "苏州", work="电子厂")
    Migration.objects.create(
        school=cast.school,
        adult=twin,
        is_away=False,
        starts_on=date(2015, 1, 1),
        ends_on=date(2016, 1, 1),
    )
    actions.record_contact(
        student=cast.students["mengyao"],
        adult=twin,
        happened_on=timezone.localdate(),
        reported_by="staff",
        at=clock.now(),
    )
    return twin


def whole_database() -> dict:
    """Every row of every table about people; histories, the merge itself and what is told are left out."""
    return {
        model._meta.label: sorted(map(repr, model._default_manager.values_list()))
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in ("guardians", "students", "privacy", "messaging", "delivery")
        and not issubclass(model, Event)
        and model not in (Merge, NumberChange)
    }


def merge(cast, kept, closed, at=None):
    return merging.merge(kept=kept, closed=closed, by=cast.users["admin"], at=at or clock.now())


def test_everything_moves_and_nothing_is_there_twice(cast, twin):
    mother = cast.adults["mother"]
    merge(cast, mother, twin)
    twin.refresh_from_db()
    assert twin.merged_into == mother
    assert not twin.contact_points.exists()
    assert not Guardianship.objects.filter(adult=twin).exists()
    assert {one.address for one in mother.contact_points.all()} == {
        "+8613893510001",
        "wang@example.org",
    }
    ties = Guardianship.objects.filter(adult=mother, student=cast.students["mengyao"])
    assert [tie.may_see_file for tie in ties] == [False]  # the careful word of both
    assert ties.get().starts_on == STARTED_ON
    assert mother.migrations.count() == 2
    assert mother.contacts.count() == 1


@pytest.mark.parametrize("keeps_older", [True, False])
def test_undone_it_is_as_it_was_byte_for_byte(cast, twin, keeps_older):
    mother, before = cast.adults["mother"], whole_database()
    made = merge(cast, *([mother, twin] if keeps_older else [twin, mother]))
    assert whole_database() != before
    merging.undo(merge=made, by=cast.users["admin"], at=clock.now())
    assert whole_database() == before
    merging.undo(merge=made, by=cast.users["admin"], at=clock.now())
    assert whole_database() == before


def test_after_thirty_days_it_stays(cast, twin):
    at = clock.now()
    made = merge(cast, cast.adults["mother"], twin, at)
    with pytest.raises(merging.CannotUndo):
        merging.undo(merge=made, by=cast.users["admin"], at=at + timedelta(days=31))
    merging.undo(merge=made, by=cast.users["admin"], at=at + timedelta(days=30))


def test_what_was_changed_since_is_not_undone(cast, twin):
    mother = cast.adults["mother"]
    made = merge(cast, mother, twin)
    tie = Guardianship.objects.get(adult=mother, student=cast.students["mengyao"], kind="parent")
    tie.may_see_file, tie.may_decide = True, False
    tie.save()
    merging.undo(merge=made, by=cast.users["admin"], at=clock.now())
    tie.refresh_from_db()
    assert (tie.may_see_file, tie.may_decide) == (True, False)


def test_a_row_in_the_way_refuses_the_undo_and_changes_nothing(cast, twin):
    made = merge(cast, cast.adults["mother"], twin)
    ContactPoint.objects.create(
        school=cast.school, adult=twin, kind="phone", address="+8613893510001"
    )
    before = whole_database()
    with pytest.raises(merging.CannotUndo):
        merging.undo(merge=made, by=cast.users["admin"], at=clock.now())
    assert whole_database() == before


@pytest.mark.parametrize("who_is_blocked", ["kept", "closed"])
def test_the_block_of_either_holds_and_reaches_the_colleague(cast, twin, who_is_blocked):
    mother, teacher = cast.adults["mother"], cast.users["next_teacher"]
    mother.user = None
    mother.save()
    twin.user = teacher
    twin.save()
    blocked = mother if who_is_blocked == "kept" else twin
    blocking.block_adult(
        adult=blocked, reason="法院保护令", by=cast.users["principal"], at=clock.now()
    )
    made = merge(cast, mother, twin)
    mother.refresh_from_db()
    assert mother.is_blocked
    assert mother.user == teacher
    on = timezone.localdate()
    assert not can_view_student(teacher, cast.students["haitao"], on)
    merging.undo(merge=made, by=cast.users["admin"], at=clock.now())
    mother.refresh_from_db()
    assert mother.is_blocked == (who_is_blocked == "kept")
    kept_barred = Barrier.objects.filter(student=cast.students["xiaobao"], lifted_at=None)
    assert not kept_barred.exists()


@pytest.mark.parametrize("ground", ["court_order", "report"])
def test_a_block_of_the_time_together_holds_for_both_afterwards(cast, twin, ground):
    """Nobody can tell which of the two people it meant, so a person lifts it for the other one."""
    mother, at = cast.adults["mother"], clock.now()
    made = merge(cast, mother, twin, at)
    later = at + timedelta(hours=1)
    by = cast.users["principal"]
    mother.refresh_from_db()
    blocking.block_adult(adult=mother, reason="法院保护令", ground=ground, by=by, at=later)
    assert merging.undo(merge=made, by=cast.users["admin"], at=later + timedelta(hours=1))
    twin.refresh_from_db()
    assert (twin.is_blocked, twin.blocked_by) == (True, by)
    assert twin.blocked_ground == ("court_order" if ground == "court_order" else "safeguarding")
    mother.refresh_from_db()
    assert mother.is_blocked


def test_a_block_from_before_goes_back_to_whom_it_meant(cast, twin):
    mother, at = cast.adults["mother"], clock.now()
    by = cast.users["principal"]
    blocking.block_adult(adult=mother, reason="法院保护令", by=by, at=at)
    made = merge(cast, mother, twin, at + timedelta(hours=1))
    assert not merging.undo(merge=made, by=cast.users["admin"], at=at + timedelta(hours=2))
    twin.refresh_from_db()
    assert not twin.is_blocked


def test_who_wanted_no_messages_meanwhile_gets_none_afterwards_whoever_it_was(cast, twin):
    mother, at = cast.adults["mother"], clock.now()
    made = merge(cast, mother, twin, at)
    later = at + timedelta(hours=1)
    actions.opt_out(adult=mother, at=later)
    merging.undo(merge=made, by=cast.users["admin"], at=later + timedelta(hours=1))
    for adult in (mother, twin):
        adult.refresh_from_db()
        assert adult.opted_out_at == later


def test_who_wanted_no_messages_before_speaks_for_themselves_alone(cast, twin):
    mother, at = cast.adults["mother"], clock.now()
    actions.opt_out(adult=mother, at=at)
    made = merge(cast, mother, twin, at + timedelta(hours=1))
    merging.undo(merge=made, by=cast.users["admin"], at=at + timedelta(hours=2))
    twin.refresh_from_db()
    assert twin.opted_out_at is None


def test_a_word_of_consent_goes_with_the_person(cast, twin):
    from privacy.models import Consent, Purpose

    word = Consent.objects.create(
        school=cast.school,
        student=cast.students["mengyao"],
        adult=twin,
        purpose=Purpose.PHOTO,
        decision="refused",
        at=clock.now(),
        text_version=1,
    )
    merge(cast, cast.adults["mother"], twin)
    word.refresh_from_db()
    assert word.adult == cast.adults["mother"]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("王芳", "王芳", True),
        ("王 芳", "王芳", True),
        ("王芳", "王方", True),
        ("芳", "王芳", True),
        ("徐建军", "徐建国", True),
        ("徐建军", "李秀兰", False),
        ("王芳", "李芳", False),
        ("", "王芳", False),
    ],
)
def test_which_names_may_be_one_persons(one, other, expected):
    assert are_similar_names(one, other) is expected


def pairs(cast, user="admin"):
    on = timezone.localdate()
    mine = duplicates.editable_adults(cast.users[user], cast.school, on)
    found = duplicates.suspected_pairs(cast.school, mine)
    return [{pair.first.name, pair.second.name} for pair in found]


def test_found_by_number_and_name_until_told_apart(cast, twin):
    assert pairs(cast) == [{"王芳", "王方"}]
    for _ in range(2):
        duplicates.tell_apart(
            first=twin, second=cast.adults["mother"], by=cast.users["admin"], at=clock.now()
        )
    assert DifferentAdults.objects.count() == 1
    assert pairs(cast) == []


def test_the_page_of_either_names_the_other_until_told_apart(cast, twin, client):
    client.force_login(cast.users["admin"])
    child, mother = cast.students["mengyao"], cast.adults["mother"]
    pages = {one: f"/children/{child.pk}/family/{one.pk}/" for one in (mother, twin)}
    for one, other in ((mother, twin), (twin, mother)):
        page = client.get(pages[one]).content.decode()
        assert f"{other.name}的记录可能是同一个人" in page
    duplicates.tell_apart(first=mother, second=twin, by=cast.users["admin"], at=clock.now())
    assert "可能是同一个人" not in client.get(pages[mother]).content.decode()


def test_a_grandmother_who_shares_the_number_is_another_person(cast):
    actions.add_contact_point(
        adult=cast.adults["grandmother"],
        kind="phone",
        address="+8613893510001",
        as_written="x",
        by=cast.users["teacher"],
    )
    assert pairs(cast) == []


def test_a_class_teacher_merges_only_within_the_own_class(cast, twin):
    """王方 is also around a child of the next class."""
    assert pairs(cast, "teacher") == []
    Guardianship.objects.filter(adult=twin, student=cast.students["haitao"]).delete()
    assert pairs(cast, "teacher") == [{"王芳", "王方"}]


def test_what_is_agreed_and_allowed_goes_with_the_person_and_comes_back(cast, twin):
    case = cases.make_case(cast)
    measure = plans.measure(case, "family", cast, adult=twin)
    letter = referrals.draft(cast, case, consent_by=twin)
    made = merge(cast, cast.adults["mother"], twin)
    for whose in (cast.adults["mother"], twin):
        measure.refresh_from_db()
        letter.refresh_from_db()
        assert (measure.adult, letter.consent_by) == (whose, whose)
        merging.undo(merge=made, by=cast.users["admin"], at=clock.now())


class TestPages:
    def test_merged_and_undone_by_a_person(self, cast, twin, client):
        client.force_login(cast.users["admin"])
        page = client.get("/families/duplicates/")
        assert "王方" in page.content.decode()
        form = {"kept": cast.adults["mother"].pk, "closed": twin.pk}
        client.post("/families/duplicates/merge/", form)
        made = Merge.objects.get()
        assert client.post("/families/duplicates/merge/", form).status_code == 404
        client.post(f"/families/duplicates/{made.pk}/undo/")
        made.refresh_from_db()
        assert made.undone_at

    @pytest.mark.parametrize("kept", ["", "x", "0", "²", "9" * 30, "same"])
    def test_nonsense_merges_nothing(self, cast, twin, client, kept):
        client.force_login(cast.users["admin"])
        form = {"kept": twin.pk if kept == "same" else kept, "closed": twin.pk}
        assert client.post("/families/duplicates/merge/", form).status_code in (302, 404)
        assert not Merge.objects.exists()

    def test_others_cannot(self, cast, twin, client):
        client.force_login(cast.users["next_teacher"])
        form = {"kept": cast.adults["mother"].pk, "closed": twin.pk}
        assert client.post("/families/duplicates/merge/", form).status_code == 404
        assert not Merge.objects.exists()
