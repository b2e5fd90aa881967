"""The 600-row roster with all its flaws, and what a second file and a corrected file do."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from guardians.actions import add_contact_point, link_contact_point, record_contact
from guardians.models import Adult, ContactPoint, Guardianship, Migration
from guardians.roster_queries import untouched
from messaging.models import CheckInPlan
from rosters import actions, undoing
from rosters.models import RosterImport, RosterResult
from students.models import Enrolment, Student
from tests.fixtures.make_roster import as_xlsx, corrected, make_roster
from tests.rosters.conftest import AT, bring_in, snapshot, without_history

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate(AT)
STARTED = date(2020, 9, 1)  # the start of the cast's school year


def lines(roster, **filters):
    return set(roster.results.filter(**filters).values_list("row_number", flat=True))


def student_of(child) -> Student:
    return Student.objects.get(id_number=child.id_number)


def test_all_good_rows_go_in_and_each_bad_one_stays_out(cast, school):
    made = make_roster()
    roster = bring_in(cast, as_xlsx(made))
    assert roster.state == RosterImport.State.DONE
    assert lines(roster, kind="skipped") == made.blocked
    assert lines(roster, kind="created") == set(range(4, 4 + 601)) - made.blocked
    assert Student.objects.filter(school=school).count() == 3 + 601 - len(made.blocked)


def test_a_child_is_filed_with_class_family_and_places(cast, school):
    made = make_roster()
    bring_in(cast, as_xlsx(made))
    child = made.children[0]
    student = student_of(child)
    assert (student.name, student.born_on) == (child.name, child.born_on)
    enrolment = student.enrolments.get()
    assert (enrolment.school_class.name, enrolment.starts_on) == ("一年级1班", STARTED)
    father = student.guardianships.get(relation="father")
    assert father.adult.contact_points.get().address == f"+86{child.father_phone}"
    assert father.adult.migrations.get().place == child.father_place
    assert CheckInPlan.objects.filter(student=student).exists()


def test_brothers_and_sisters_share_their_adults(cast, school):
    made = make_roster()
    bring_in(cast, as_xlsx(made))
    younger, sibling = made.children[2], made.children[102]
    assert younger.mother_phone == sibling.mother_phone
    both = [student_of(child).guardianships.values_list("adult_id") for child in (younger, sibling)]
    assert set(both[0]) == set(both[1])
    address = f"+86{younger.mother_phone}"
    assert ContactPoint.objects.filter(address=address).values("adult").distinct().count() == 1


def test_an_unusable_phone_is_kept_and_its_row_goes_in(cast, school):
    made = make_roster()
    roster = bring_in(cast, as_xlsx(made))
    unusable = made.messes["unusable_phone"]
    assert set(unusable) <= lines(roster, kind="created")
    points = ContactPoint.objects.filter(address="")
    assert sorted(point.as_written for point in points) == sorted(
        ["同奶奶", "1389351", "1.38935E+10", "没有电话"]
    )
    assert all(point.problem for point in points)


def test_parents_who_must_not_be_asked_are_recorded_so(cast, school):
    made = make_roster()
    bring_in(cast, as_xlsx(made))
    found = Adult.objects.filter(school=school).exclude(condition="in_touch")
    assert sorted(found.values_list("condition", flat=True)) == ["dead", "dead", "imprisoned"]
    assert not found.filter(name__contains="已故").exists()


def test_the_same_file_again_changes_nothing(cast, school):
    content = as_xlsx(make_roster())
    bring_in(cast, content)
    before = snapshot()
    again = bring_in(cast, content)
    assert not lines(again, kind="created") | lines(again, kind="changed")
    assert snapshot() == before


def test_a_mended_file_updates_with_dated_history(cast, school):
    bring_in(cast, as_xlsx(make_roster()), at=AT)
    mended = corrected(make_roster())
    later = AT + timedelta(days=30)
    roster = bring_in(cast, as_xlsx(mended), at=later)
    today = timezone.localdate(later)
    assert not lines(roster, kind="skipped")
    assert set(mended.messes["moved"]) <= lines(roster, kind="changed")

    moved = student_of(mended.children[3])
    new, old = moved.enrolments.order_by("-starts_on")
    assert (old.starts_on, old.ends_on) == (STARTED, today - timedelta(days=1))
    assert (new.starts_on, new.ends_on) == (today, None)

    father = student_of(mended.children[1]).guardianships.get(relation="father").adult
    assert father.contact_points.get().address == "+8613700000001"
    now, before = father.migrations.order_by("-starts_on")
    assert (now.place, now.starts_on) == ("深圳", today)
    assert before.ends_on == today - timedelta(days=1)


def test_a_confirmed_phone_and_a_blocked_adult_are_not_touched(cast, school):
    made = make_roster(children=12, clean=True)
    bring_in(cast, as_xlsx(made))
    first, second = (
        student_of(child).guardianships.get(relation="father") for child in made.children[:2]
    )
    first.adult.contact_points.update(verified_at=AT)
    Adult.objects.filter(pk=second.adult_id).update(
        blocked_at=AT, blocked_reason="法院保护令", blocked_by=cast.users["principal"]
    )
    for child in made.children[:2]:
        child.father_phone, child.father_place = "13711112222", "深圳"
        child.written.clear()
    roster = bring_in(cast, as_xlsx(made))
    assert ContactPoint.objects.filter(address="+8613711112222").count() == 0
    assert first.adult.migrations.filter(ends_on=None).get().place == "深圳"
    assert not second.adult.migrations.filter(place="深圳").exists()
    kept = [
        change["kept"]
        for row in roster.results.all()
        for change in row.changes
        if change.get("kept")
    ]
    assert "verified" in kept
    assert "blocked" in kept


def test_wechat_and_mail_are_no_phones_of_a_known_family(cast, school):
    made = make_roster(children=12, clean=True)
    bring_in(cast, as_xlsx(made))
    child = next(one for one in made.children if one.father_phone)
    father = student_of(child).guardianships.get(relation="father").adult
    link_contact_point(
        adult=father, kind="wechat", address="openid-of-father", linked_from="", at=AT
    )
    add_contact_point(
        adult=father, kind="email", address="f@x.cn", as_written="f@x.cn", by=cast.users["admin"]
    )
    before = snapshot()
    again = bring_in(cast, as_xlsx(made))
    assert not lines(again, kind="created") | lines(again, kind="changed")
    assert snapshot() == before

    ways = father.contact_points.exclude(kind="phone")
    others, old = set(ways.values_list("pk", "address")), father.contact_points.get(kind="phone")
    child.father_phone = "13711112222"
    child.written.clear()
    roster = bring_in(cast, as_xlsx(made), at=AT + timedelta(days=1))
    told = [change for row in roster.results.all() for change in row.changes]
    about_phone = [one for one in told if one["field"] == "father_phone"]
    assert {(one["before"], one["after"], one["kept"]) for one in about_phone} == {
        (old.address, "+8613711112222", "")
    }
    assert father.contact_points.get(kind="phone").address == "+8613711112222"
    assert set(ways.values_list("pk", "address")) == others


def test_the_preview_counts_confirmed_phones_alone(cast, school):
    mother = cast.adults["mother"]
    mother.contact_points.filter(kind="phone").update(verified_at=AT)
    confirmed = untouched(school).confirmed_phones
    assert confirmed == mother.contact_points.filter(kind="phone").count() > 0
    for kind in ("wechat", "push"):
        link_contact_point(adult=mother, kind=kind, address=f"a {kind}", linked_from="", at=AT)
    assert untouched(school).confirmed_phones == confirmed


def test_another_carer_takes_over_from_today(cast, school):
    made = make_roster(children=12, clean=True)
    bring_in(cast, as_xlsx(made))
    child = next(c for c in made.children if c.carer != c.mother)
    old = student_of(child).guardianships.get(kind="carer")
    child.carer, child.relation, child.carer_phone = "石大山", "舅舅", "13533334444"
    bring_in(cast, as_xlsx(made), at=AT + timedelta(days=2))
    old.refresh_from_db()
    assert old.ends_on == TODAY + timedelta(days=1)
    new = student_of(child).guardianships.get(kind="carer", ends_on=None)
    assert (new.adult.name, new.relation, new.starts_on) == (
        "石大山",
        "relative",
        TODAY + timedelta(days=2),
    )


def test_a_number_that_belongs_to_another_child_stops_the_row(cast, school):
    made = make_roster(children=6, clean=True)
    bring_in(cast, as_xlsx(made))
    child = made.children[0]
    child.name = "完全不同"[:3]
    roster = bring_in(cast, as_xlsx(made))
    assert lines(roster, kind="skipped") == {4}
    same = bring_in(cast, as_xlsx(made), choices={"4,match": "same"})
    assert lines(same, kind="changed") == {4}
    assert student_of(child).name == child.name


def test_what_the_user_decides_is_what_goes_in(cast, school):
    made = make_roster()
    choices = {f"{made.messes['id_check_digit'][0]},id_number": "", "class,,九年级1班": "5.2"}
    roster = bring_in(cast, as_xlsx(made), choices=choices)
    decided = {made.messes["id_check_digit"][0], made.messes["unknown_class"][1]}
    assert decided <= lines(roster, kind="created")
    assert not lines(roster, kind="skipped") & decided


def test_classes_are_made_where_the_school_has_none(cast):
    school, cast.school = cast.school, cast.other_school
    roster = bring_in(cast, as_xlsx(make_roster(children=24, clean=True)))
    assert lines(roster, kind="created") == {16, 18}  # 四年级1班, which the school has
    undoing.undo_import(roster=roster, by=cast.users["admin"], at=AT)
    choices = {"class,,一年级1班": "1.1"}
    roster = bring_in(cast, as_xlsx(make_roster(children=24, clean=True)), choices=choices)
    assert Student.objects.filter(enrolments__school_class__name="一年级1班").count() == 2
    undoing.undo_import(roster=roster, by=cast.users["admin"], at=AT)
    assert not cast.other_school.classes.filter(name="一年级1班").exists()
    cast.school = school


@pytest.fixture
def imported(cast, school):
    made = make_roster(children=30, clean=True)
    bring_in(cast, as_xlsx(made))
    mended = corrected(made)
    before = without_history(snapshot())
    mended.children.append(make_roster(children=40, clean=True).children[-1])
    roster = bring_in(cast, as_xlsx(mended), at=AT + timedelta(days=3))
    assert lines(roster, kind="created")
    assert lines(roster, kind="changed")
    assert without_history(snapshot()) != before
    return roster, before


def undo(cast, roster, at=AT + timedelta(days=3, hours=5)):
    undoing.undo_import(roster=roster, by=cast.users["admin"], at=at)


def test_undoing_restores_every_row(cast, imported):
    roster, before = imported
    undo(cast, roster)
    assert without_history(snapshot()) == before
    roster.refresh_from_db()
    assert roster.state == RosterImport.State.UNDONE
    undo(cast, roster)  # pressing again changes nothing
    assert without_history(snapshot()) == before


def test_undo_ends_after_a_day(cast, imported):
    roster, _before = imported
    state = snapshot()
    with pytest.raises(undoing.CannotUndo) as refused:
        undo(cast, roster, at=AT + timedelta(days=4, minutes=1))
    assert refused.value.obstacles.is_too_late
    assert snapshot() == state


def test_what_was_edited_since_stops_the_undo(cast, imported):
    roster, _before = imported
    changed = RosterResult.objects.filter(roster_import=roster, kind="changed").first()
    Enrolment.objects.filter(student=changed.student).update(starts_on=STARTED - timedelta(days=1))
    Migration.objects.filter(place="深圳").update(place="珠海")
    state = snapshot()
    with pytest.raises(undoing.CannotUndo) as refused:
        undo(cast, roster)
    assert refused.value.obstacles.edited
    assert snapshot() == state


def test_what_was_built_on_a_new_child_stops_the_undo(cast, imported):
    roster, _before = imported
    student = RosterResult.objects.get(roster_import=roster, kind="created").student
    parent = Guardianship.objects.filter(student=student, kind="parent").first().adult
    record_contact(student=student, adult=parent, happened_on=TODAY, reported_by="parent", at=AT)
    state = snapshot()
    with pytest.raises(undoing.CannotUndo) as refused:
        undo(cast, roster)
    assert [count for _what, count in refused.value.obstacles.built]
    assert snapshot() == state


def test_an_import_that_breaks_off_each_time_is_given_up(cast, school):
    content = as_xlsx(make_roster(children=6, clean=True))
    admin = cast.users["admin"]
    roster = actions.upload(school=school, content=content, file_name="a.xlsx", by=admin, at=AT)
    RosterImport.objects.filter(pk=roster.pk).update(state="running", attempts=3)
    assert not actions.run_import(roster.pk, at=AT)
    roster.refresh_from_db()
    assert roster.state == RosterImport.State.FAILED
    assert roster.failure


def test_every_imported_child_gets_a_picture_code_and_the_undo_takes_it_back(cast, school):
    made = make_roster(children=30, clean=True)
    bring_in(cast, as_xlsx(made))
    codes = Student.objects.filter(enrolments__school_class__school=school).values_list(
        "enrolments__school_class", "picture_code"
    )
    assert all(code for _class, code in codes)
    assert len(set(codes)) == len(codes)
    Student.objects.filter(id_number=made.children[0].id_number).update(picture_code="")
    before, mended = without_history(snapshot()), corrected(made)
    roster = bring_in(cast, as_xlsx(mended), at=AT + timedelta(days=3))
    assert student_of(made.children[0]).picture_code
    undo(cast, roster)
    assert without_history(snapshot()) == before
