"""Who cares, who was entrusted, and which children are left without anybody (Art. 21 to 23)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core import clock
from delivery.models import OutboxMessage
from guardians import actions
from guardians.care import actions as care_actions
from guardians.care import queries as care_queries
from guardians.models import Adult, CareGap, EntrustedCare, Guardianship
from guardians.rules import CareFacts, GapKind, care_gap
from safeguarding import actions as safeguarding
from safeguarding.models import Concern
from students.models import Student
from tests.factories.cast import make_guardianship, make_student, send_away

pytestmark = pytest.mark.django_db
ON = timezone.localdate
LOST = {"parents_gone": 1, "ever_cared_for": True}


@pytest.mark.parametrize(
    ("years", "facts", "expected"),
    [
        (10, LOST, GapKind.LOST),
        (15, LOST, GapKind.LOST),
        (16, LOST, None),
        (10, LOST | {"has_carer": True}, None),
        (10, LOST | {"parents_unknown": 1}, None),
        (10, {"parents_gone": 2, "days_on_record": 0}, None),
        (10, {"parents_gone": 2, "days_on_record": 3}, GapKind.NEVER),
        (10, {"is_home_alone": True, "has_carer": True}, GapKind.ALONE),
        (8, {"is_home_alone": True}, GapKind.ALONE),
        (7, {"is_home_alone": True, "has_carer": True}, GapKind.UNATTENDED),
        (16, {"is_home_alone": True}, None),
        (None, {"is_home_alone": True}, GapKind.UNATTENDED),
        (10, {}, None),
    ],
)
def test_when_a_child_is_without_anybody(years, facts, expected):
    on = ON()
    born_on = on.replace(year=on.year - years, day=1) if years is not None else None
    assert care_gap(CareFacts(born_on, **facts), on) == expected


def gap_of(student):
    return care_queries.care_gaps(ON(), [student.pk]).get(student.pk)


def test_a_child_with_a_carer_at_home_has_no_gap(cast):
    assert gap_of(cast.students["mengyao"]) is None


@pytest.mark.parametrize("why", ["ended", "dead", "away", "blocked", "unable"])
def test_a_carer_who_is_no_longer_there_leaves_a_gap(cast, why):
    student, carer = cast.students["mengyao"], cast.adults["grandmother"]
    rows = Guardianship.objects.filter(student=student, adult=carer)
    if why == "ended":
        rows.update(ends_on=ON() - timedelta(days=1))
    elif why == "dead":
        Adult.objects.filter(pk=carer.pk).update(condition="dead")
    elif why == "away":
        send_away(carer, "兰州")
    elif why == "unable":
        rows.update(has_capacity=False)
    else:
        actions.block_adult(adult=carer, reason="x", by=cast.users["principal"], at=clock.now())
    assert gap_of(student) == GapKind.LOST


def test_a_parent_of_whom_nobody_knows_is_no_alarm(cast):
    student = make_student(cast.school_class, "周小雨")
    make_guardianship(student, cast.adults["other_mother"], "mother")
    stranger = Adult.objects.create(school=cast.school, name="周强")
    make_guardianship(student, stranger, "father")
    Student.objects.filter(pk=student.pk).update(created_at=clock.now() - timedelta(days=9))
    assert gap_of(student) is None
    send_away(stranger, "广州")
    assert gap_of(student) == GapKind.NEVER


def test_a_gap_opens_one_concern_round_the_clock_and_names_an_adult(cast):
    student = cast.students["mengyao"]
    Guardianship.objects.filter(student=student, kind="carer").update(
        ends_on=ON() - timedelta(days=1)
    )
    at = clock.now()
    care_actions.note_care_gaps(at=at)
    care_actions.note_care_gaps(at=at)
    safeguarding.run_intake(at)
    concern = Concern.objects.get(source="care_gap")
    assert concern.student == student
    assert concern.due_at - at == timedelta(minutes=15)
    assert concern.named_adult == cast.users["teacher"]
    assert OutboxMessage.objects.filter(kind="concern", user=cast.users["teacher"]).count() == 1
    safeguarding.close(
        concern=concern, by=cast.users["teacher"], closing="with_child", words="接走了", at=at
    )
    care_actions.note_care_gaps(at=at + timedelta(hours=1))
    assert safeguarding.run_intake(at + timedelta(hours=1)) == 0
    assert CareGap.objects.count() == 1


def test_a_gap_that_closed_and_comes_again_is_another_one(cast):
    student, at = cast.students["mengyao"], clock.now()
    rows = Guardianship.objects.filter(student=student, kind="carer")
    for ends_on in (ON() - timedelta(days=1), None, ON() - timedelta(days=1)):
        rows.update(ends_on=ends_on)
        care_actions.note_care_gaps(at=at)
        safeguarding.run_intake(at)
    assert Concern.objects.filter(student=student, source="care_gap").count() == 2


def test_the_set_costs_the_same_for_one_child_and_for_many(cast, django_assert_max_num_queries):
    Guardianship.objects.filter(kind="carer").update(ends_on=ON() - timedelta(days=1))
    with django_assert_max_num_queries(1):
        assert len(care_queries.care_gaps(ON())) == 2


def test_a_small_child_at_home_alone_is_a_gap_until_it_ends(cast):
    student, by, at = cast.students["xiaobao"], cast.users["teacher"], clock.now()
    Student.objects.filter(pk=student.pk).update(born_on=ON() - timedelta(days=7 * 365))
    for _ in range(2):
        care_actions.write_left_alone(
            student=student, starts_on=ON(), words="奶奶住院", by=by, at=at
        )
    assert care_queries.open_gap_of(student).kind == GapKind.UNATTENDED
    safeguarding.run_intake(at)
    assert Concern.objects.get(student=student).words == "奶奶住院"
    care_actions.end_left_alone(student=student, ends_on=ON(), by=by, at=at)
    assert care_queries.open_gap_of(student) is not None  # until the end of this day
    care_actions.note_care_gaps(at=at + timedelta(days=1))
    assert care_queries.open_gap_of(student) is None


def entrust(cast, grounds, row=None):
    return care_actions.write_entrusted_care(
        student=cast.students["mengyao"],
        carer=cast.adults["grandmother"],
        parents=[cast.adults["mother"]],
        facts={"starts_on": ON(), "checked_on": ON()},
        disqualifiers=grounds,
        by=cast.users["teacher"],
        at=clock.now(),
        row=row,
    )


@pytest.mark.parametrize("grounds", [[], ["habits", "neglected"]])
def test_the_same_record_sent_twice_is_one(cast, grounds):
    row = entrust(cast, grounds)
    assert entrust(cast, grounds[::-1]).pk == row.pk
    if grounds:
        care_actions.settle_unsuitable(
            row=row, words="请大伯照料", by=cast.users["teacher"], at=clock.now()
        )
        assert entrust(cast, grounds).settled_words == "请大伯照料"
    assert EntrustedCare.objects.get().parents.get() == cast.adults["mother"]
    entrust(cast, ["harmed"])
    assert EntrustedCare.objects.count() == 2


@pytest.mark.parametrize(
    ("grounds", "stays"),
    [
        (["habits", "neglected"], True),
        (["neglected"], True),  # one of them is over
        (["habits", "harmed"], False),
        ([], False),
    ],
)
def test_what_was_done_about_a_carer_stays_until_a_ground_comes_or_all_go(cast, grounds, stays):
    row = entrust(cast, ["habits", "neglected"])
    care_actions.settle_unsuitable(
        row=row, words="请大伯照料", by=cast.users["teacher"], at=clock.now()
    )
    row.refresh_from_db()
    again = entrust(cast, grounds, row)
    settled = ("请大伯照料", cast.users["teacher"]) if stays else ("", None)
    assert (again.settled_words, again.settled_by) == settled
    assert (again.settled_at is not None) is stays


def test_a_ground_against_the_carer_is_a_task_and_never_in_force(cast):
    row = entrust(cast, ["habits"])
    assert row.state == EntrustedCare.State.UNSUITABLE
    care_actions.settle_unsuitable(
        row=row, words="请大伯照料", by=cast.users["teacher"], at=clock.now()
    )
    row.refresh_from_db()
    assert (row.state, row.settled_words) == ("unsuitable", "请大伯照料")
    again = entrust(cast, ["habits", "neglected"], row)
    assert again.settled_at is None
    assert entrust(cast, [], row).state == EntrustedCare.State.IN_FORCE
