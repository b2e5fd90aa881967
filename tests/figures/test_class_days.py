"""What is kept of a class today equals what is counted, after whatever happened, and no page shows it once
something has changed.
"""

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards import drawing
from figures import checking
from figures.choice import EVERYBODY, Choice
from figures.class_days.counting import Counted, facts_of
from figures.class_weeks import keeping
from figures.models import ClassDay, StaleClass
from figures.school import dashboard
from guardians.clock.rules import SURE, Talk, Told, told_by
from guardians.models import Adult, Contact, ContactPoint, Guardianship, Migration
from schools.models import Grade, SchoolYear
from students.models import Enrolment
from tests.factories.cast import make_adult, make_class, make_guardianship, make_student, send_away
from tests.figures.test_class_weeks import (
    CHANGES,
    CHILDREN,
    SUNDAY,
    WEDNESDAY,
    be_nowhere,
    held,
    leave,
    talk,
    wednesday,
)

__all__ = ["wednesday"]

pytestmark = pytest.mark.django_db
ON = SUNDAY + timedelta(days=3)
MIDNIGHT = WEDNESDAY.replace(hour=0) - timedelta(days=6)

# -- the slow definition: child by child in Python


def slowly(school) -> dict[int, Counted]:
    found: dict[int, Counted] = {}
    for enrolment in held(Enrolment.objects.filter(school=school), ON):
        row = found.setdefault(enrolment.school_class_id, Counted(enrolment.school_class_id))
        found[row.school_class_id] = added(row, of_child(enrolment.student, school))
    return found


def added(row: Counted, child: Counted) -> Counted:
    since = [one.silent_since for one in (row, child) if one.silent_since]
    sums = (one + other for one, other in zip(row[3:6], child[3:6], strict=True))
    rest = (one + other for one, other in zip(row[7:], child[7:], strict=True))
    return Counted(
        row.school_class_id,
        [*row.children, *child.children],
        row.without_parents + child.without_parents,
        *sums,
        min(since, default=None),
        *rest,
    )


def of_child(child, school) -> Counted:
    ties = held(Guardianship.objects.filter(student=child, school=school), ON)
    parents = [tie.adult for tie in ties if tie.kind == "parent"]
    in_touch = [one for one in parents if one.condition == "in_touch"]
    places = {one.pk: held(Migration.objects.filter(adult=one), ON) for one in in_touch}
    known = Counted(
        0,
        [child.pk],
        without_parents=not parents,
        whereabouts_unknown=any(not found for found in places.values()),
    )
    if not any(place.is_away for found in places.values() for place in found):
        return known
    rows = Contact.objects.filter(student=child, retracted_at=None)
    talks = [Talk(one.pk, one.adult_id, one.happened_on, one.reported_by) for one in rows]
    ago = [(ON - one.on).days for one in talks if one.on <= ON]
    now, before = any(n <= 6 for n in ago), any(6 < n <= 13 for n in ago)
    week = [one for one in talks if 0 <= (ON - one.on).days <= 6]
    points = ContactPoint.objects.filter(adult__in={tie.adult_id for tie in ties})
    works = [one for one in points if is_usable(one) and one.failing_since is None]
    worked = [
        one
        for one in points
        if is_usable(one) and (one.failing_since is None or one.failing_since >= MIDNIGHT)
    ]
    carers = {tie.adult_id for tie in ties if tie.kind in Guardianship.CARING}
    mine = {one.pk for one in parents}
    return known._replace(
        with_parent_away=1,
        never_talked=not ago,
        silent_since=ON - timedelta(days=min(ago)) if ago else None,
        connected=now,
        confirmed=any(told_by(one, talks) in (Told.BOTH, *SURE) for one in week),
        connected_before=before,
        fell_silent=before and not now,
        talk_again=now and not before,
        several_ways=len(works) >= 2,
        one_way=len(works) == 1,
        no_way=bool(points) and not works,
        ways_unknown=not points,
        newly_unreachable=not works and bool(worked),
        by_parents=any(one.adult_id in mine for one in works),
        with_carer=bool(carers),
        by_carers=any(one.adult_id in carers for one in works),
    )


def is_usable(point: ContactPoint) -> bool:
    theirs = ContactPoint.objects.filter(
        adult=point.adult, address=point.linked_from, disputed_at=None
    )
    stands = not point.linked_from or not all(is_of_blocked(one) for one in theirs)
    return bool(point.address) and point.disputed_at is None and stands and not is_of_blocked(point)


def is_of_blocked(point: ContactPoint) -> bool:
    """Anyone who is blocked at any school of their account, and has this address at this school, too."""
    same = ContactPoint.objects.filter(school=point.school, address=point.address)
    return any(is_blocked_somewhere(one.adult) for one in (point, *same))


def is_blocked_somewhere(adult: Adult) -> bool:
    joined = Adult.objects.filter(user=adult.user_id) if adult.user_id else []
    return any(one.blocked_at for one in (adult, *joined))


def comparable(rows) -> dict[int, tuple]:
    """Without classes in which nobody is."""
    found = {key: one._replace(children=sorted(one.children)) for key, one in rows.items()}
    return {key: tuple(map(int_of, one)) for key, one in found.items() if one.children}


def int_of(value):
    return int(value) if isinstance(value, bool) else value


def as_read(school) -> dict[int, Counted]:
    """As the page adds it up: what is kept, and the rest from the rows."""
    kept = EVERYBODY.kept(school, ON)
    rest = [pair for pair in EVERYBODY.children(school, ON) if pair[1] not in kept.classes]
    counted = facts_of(school, ON, [child for child, _class in rest]).by_class(rest)
    return kept.classes | {one.school_class_id: one for one in counted}


# -- what else may happen to what is counted


def number_fails(cast, adult):
    ContactPoint.objects.filter(adult=cast.adults[adult]).update(failing_since=WEDNESDAY)


def number_works(cast, adult):
    ContactPoint.objects.filter(adult=cast.adults[adult]).update(failing_since=None)


def is_disputed(cast, adult):
    ContactPoint.objects.filter(adult=cast.adults[adult]).update(disputed_at=WEDNESDAY)


def loses_numbers(cast, adult):
    ContactPoint.objects.filter(adult=cast.adults[adult]).delete()


def gets_number_of(cast, adult, other):
    point = ContactPoint.objects.filter(adult=cast.adults[other]).exclude(address="").first()
    if point:
        ContactPoint.objects.get_or_create(
            school=cast.adults[adult].school,
            adult=cast.adults[adult],
            kind=point.kind,
            address=point.address,
        )


def links_by(cast, adult):
    point = ContactPoint.objects.filter(adult=cast.adults[adult], kind="phone").first()
    if point:
        ContactPoint.objects.get_or_create(
            school=point.school,
            adult=point.adult,
            kind="wechat",
            address=f"open-{point.adult_id}",
            defaults={"linked_from": point.address},
        )


def is_blocked(cast, adult):
    told = {"blocked_reason": "法院保护令", "blocked_by": cast.users["principal"]}
    Adult.objects.filter(pk=cast.adults[adult].pk).update(blocked_at=WEDNESDAY, **told)


def is_let_in(cast, adult):
    Adult.objects.filter(pk=cast.adults[adult].pk).update(blocked_at=None)


def joins(cast, adult, user):
    mine, account = Adult.objects.filter(pk=cast.adults[adult].pk), user and cast.users[user]
    others = Adult.objects.filter(school=cast.adults[adult].school, user=account)
    if account is None or not others.exists():
        mine.update(user=account)


def cares_no_more(cast, child, kind):
    Guardianship.objects.filter(student=cast.students[child], kind=kind).delete()


def cares(cast, child, adult):
    facts = {"school": cast.school, "student": cast.students[child], "adult": cast.adults[adult]}
    Guardianship.objects.get_or_create(
        **facts, kind="guardian", defaults={"starts_on": SUNDAY, "relation": "other"}
    )


ADULTS = st.sampled_from(["mother", "father", "other_mother", "grandmother", "far_mother"])
OWN = st.sampled_from(["mother", "father", "other_mother", "grandmother"])
FURTHER = st.one_of(
    st.tuples(
        st.sampled_from(
            [
                number_fails,
                number_works,
                is_disputed,
                loses_numbers,
                links_by,
                is_blocked,
                is_let_in,
            ]
        ),
        ADULTS,
    ),
    st.tuples(st.just(gets_number_of), ADULTS, ADULTS),
    st.tuples(st.just(joins), ADULTS, st.sampled_from(["mother", "other_mother", None])),
    st.tuples(st.just(cares_no_more), CHILDREN, st.sampled_from(["carer", "guardian"])),
    st.tuples(st.just(cares), CHILDREN, OWN),
)


@settings(max_examples=25)
@given(changes=st.lists(st.one_of(CHANGES, FURTHER), max_size=10))
def test_what_a_page_reads_equals_the_slow_definition_after_any_changes(cast, changes):
    point = transaction.savepoint()
    try:
        keeping.keep_due(WEDNESDAY)
        for act, *facts in changes:
            act(cast, *facts)
            assert comparable(as_read(cast.school)) == comparable(slowly(cast.school)), act
        keeping.keep_due(WEDNESDAY)
        assert EVERYBODY.kept(cast.school, ON).is_whole
        assert comparable(EVERYBODY.kept(cast.school, ON).classes) == comparable(
            slowly(cast.school)
        )
        assert checking.check_day(cast.school, WEDNESDAY) == []
    finally:
        transaction.savepoint_rollback(point)


@pytest.mark.parametrize(
    ("act", "facts"),
    [
        (talk, ("mengyao", "mother", SUNDAY - timedelta(days=60))),
        (number_fails, ("mother",)),
        (loses_numbers, ("grandmother",)),
        (gets_number_of, ("father", "grandmother")),
        (cares_no_more, ("mengyao", "carer")),
        (is_blocked, ("grandmother",)),
        (be_nowhere, ("other_mother",)),
        (leave, ("haitao", SUNDAY)),
    ],
)
def test_whatever_is_counted_is_old_once_it_changes(cast, act, facts):
    keeping.keep_due(WEDNESDAY)
    before = comparable(as_read(cast.school))
    assert EVERYBODY.kept(cast.school, ON).is_whole
    act(cast, *facts)
    assert not EVERYBODY.kept(cast.school, ON).is_whole
    assert comparable(as_read(cast.school)) == comparable(slowly(cast.school)) != before


# -- when it is read, and when not


def test_what_is_kept_is_read_until_something_changes(cast):
    keeping.keep_due(WEDNESDAY)
    ClassDay.objects.filter(school_class=cast.school_class).update(connected=2)
    assert dashboard(cast.school, WEDNESDAY, ON).connected == 2
    talk(cast, "haitao", "other_mother", ON)  # of the next class
    assert dashboard(cast.school, WEDNESDAY, ON).connected == 3
    talk(cast, day=ON)
    assert dashboard(cast.school, WEDNESDAY, ON).connected == 2  # 孟瑶 and 海涛, as it is


def test_it_holds_on_its_day_alone(cast):
    keeping.keep_due(WEDNESDAY)
    ClassDay.objects.update(connected=0, with_parent_away=0, never_talked=9)
    assert dashboard(cast.school, WEDNESDAY, ON + timedelta(days=1)).with_parent_away == 3
    assert keeping.keep_due(WEDNESDAY + timedelta(days=1)) == 0
    assert set(ClassDay.objects.values_list("on", flat=True)) == {ON + timedelta(days=1)}
    assert not ClassDay.objects.filter(never_talked=9).exists()


def test_it_is_not_for_a_choice_nor_for_whom_a_file_is_closed(cast):
    keeping.keep_due(WEDNESDAY)
    ClassDay.objects.update(with_parent_away=0, connected=0)
    alone = Choice(school_class=cast.school_class)
    assert dashboard(cast.school, WEDNESDAY, ON, alone).with_parent_away == 2
    barred = Choice(without=(cast.students["mengyao"].pk,))
    assert dashboard(cast.school, WEDNESDAY, ON, barred).with_parent_away == 2


def test_a_new_class_is_counted_before_anybody_keeps_it(cast):
    keeping.keep_due(WEDNESDAY)
    new = make_class(cast.school, 5, 1)
    assert not EVERYBODY.kept(cast.school, ON).is_whole
    mother = make_adult(cast.school, "钱妈妈")
    make_guardianship(make_student(new, "钱新"), mother, "mother")
    send_away(mother, "昆山")
    assert dashboard(cast.school, WEDNESDAY, ON).with_parent_away == 4


def test_a_class_that_no_page_lists_is_counted_all_the_same(cast, wednesday):
    """A child who is still in a class of another year."""
    other = make_class(cast.school, 6, 1)
    child = make_student(other, "孙旧")
    ahead = SchoolYear.objects.create(
        school=cast.school, starts_on=date(2036, 9, 1), ends_on=date(2037, 8, 31)
    )
    Grade.objects.filter(pk=other.grade_id).update(year=ahead)
    keeping.keep_due(WEDNESDAY)
    assert dashboard(cast.school, WEDNESDAY, ON).children == 4
    make_guardianship(child, cast.adults["mother"], "mother")
    keeping.catch_up(cast.school, WEDNESDAY)
    assert dashboard(cast.school, WEDNESDAY, ON).children == 4
    keeping.keep_day(cast.school, WEDNESDAY)
    assert EVERYBODY.kept(cast.school, ON).is_whole
    assert dashboard(cast.school, WEDNESDAY, ON).children == 4


def test_a_child_who_left_is_in_no_figure(cast):
    be_nowhere(cast, "other_mother")
    assert dashboard(cast.school, WEDNESDAY, ON).whereabouts_unknown == 1
    leave(cast, "haitao", SUNDAY)
    assert dashboard(cast.school, WEDNESDAY, ON).whereabouts_unknown == 0


def test_what_only_says_that_something_was_delivered_marks_nothing(cast):
    keeping.keep_due(WEDNESDAY)
    ContactPoint.objects.update(last_delivered_at=WEDNESDAY)
    Adult.objects.update(name="张三")
    assert not StaleClass.objects.exists()


def test_a_difference_is_told_with_both_numbers_and_without_children(cast):
    keeping.keep_due(WEDNESDAY)
    kept = ClassDay.objects.get(school_class=cast.school_class)
    ClassDay.objects.filter(pk=kept.pk).update(confirmed=1, children=[*kept.children, 987654])
    (found,) = checking.check_day(cast.school, WEDNESDAY)
    assert "confirmed: kept 1, counted 0" in str(found)
    assert "children: kept 3, counted 2" in str(found)
    assert "987654" not in str(found)
    assert checking.check_all(WEDNESDAY) == [found]


# -- drawn once


def page(client) -> str:
    answer = client.get(reverse("dashboards:school"))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_same_figures_are_drawn_once_and_others_anew(client, cast, wednesday):
    client.force_login(cast.users["principal"])
    keeping.keep_due(WEDNESDAY)
    drawing.figures.kept.cache_clear()
    first = page(client)
    assert '<p class="hero" id="big">0<span>' in first
    assert page(client).count('id="big"') == 1
    assert (drawing.figures.kept.cache_info().hits, drawing.figures.kept.cache_info().misses) == (
        1,
        1,
    )
    talk(cast, day=ON)
    assert '<p class="hero" id="big">33<span>' in page(client)
    assert drawing.figures.kept.cache_info().misses == 2


def test_no_drawing_names_a_child_an_adult_or_the_reader(client, cast, wednesday):
    client.force_login(cast.users["principal"])
    drawn = client.get(reverse("dashboards:school")).context["figures"]
    people = (*cast.students.values(), *cast.adults.values(), *cast.users.values())
    assert cast.school_class.name in drawn
    assert not any(one.name in drawn for one in people)
