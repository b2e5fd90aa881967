"""Kept weeks of classes equal what is counted, after whatever happened; and what was frozen stays visible."""

import threading
from datetime import date, datetime, time, timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import InternalError, OperationalError
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from core.database import lock, run_step
from figures import checking, publishing, tasks, weekly
from figures.class_weeks import counting, keeping, reading
from figures.models import ClassWeek, ClassWeekCorrection, StaleClass
from figures.school import dashboard, trend
from guardians.clock.rules import SURE, Talk, Told, told_by
from guardians.models import Adult, Contact, ContactPoint, Guardianship, Migration
from homeschool.tasks import check_class_weeks
from schools.models import School
from students.models import Enrolment, Student
from tests.factories.cast import make_adult, make_class, make_guardianship, make_student, send_away

pytestmark = pytest.mark.django_db
SUNDAY = date(2026, 11, 22)
WEEKS = [SUNDAY - timedelta(weeks=2), SUNDAY - timedelta(weeks=1), SUNDAY]
Key = ClassWeek.Key


def at(days: int, hour: int) -> datetime:
    """So many days after that Sunday."""
    return timezone.make_aware(datetime.combine(SUNDAY + timedelta(days=days), time(hour)))


MONDAY_MORNING, MONDAY_NOON, WEDNESDAY = at(1, 8), at(1, 12), at(3, 8)


@pytest.fixture
def wednesday():
    """The clock of this test's own transaction."""
    with connection.cursor() as cursor:
        offset = f"{(WEDNESDAY - timezone.now()).total_seconds()} seconds"
        cursor.execute("SET LOCAL jiaqiao.clock_offset = %s", [offset])


def talk(cast, child="mengyao", adult="mother", day=SUNDAY, said_by="parent") -> Contact:
    return Contact.objects.create(
        school=cast.students[child].school,
        student=cast.students[child],
        adult=cast.adults[adult],
        happened_on=day,
        reported_by=said_by,
        recorded_at=WEDNESDAY,
    )


def kept(school_class, key=Key.CONNECTED, day=SUNDAY) -> tuple[int, int, int]:
    row = ClassWeek.objects.get(school_class=school_class, key=key, ends_on=day)
    return row.numerator, row.denominator, row.missing


# -- the slow definition: child by child in Python, by the rules of the rooms


def held(rows, day):
    return [
        row for row in rows if row.starts_on <= day and (row.ends_on is None or row.ends_on >= day)
    ]


def slowly(school, day) -> dict[tuple[int, str], tuple[int, int, int]]:
    found: dict[tuple[int, str], list[int]] = {}

    def add(class_id, key, numerator, denominator, missing=0):
        row = found.setdefault((class_id, key), [0, 0, 0])
        row[:] = row[0] + numerator, row[1] + denominator, row[2] + missing

    for enrolment in held(Enrolment.objects.filter(school=school), day):
        child = enrolment.student
        ties = held(Guardianship.objects.filter(student=child, kind="parent"), day)
        parents = [tie.adult for tie in ties]
        asked = [one for one in parents if one.condition == "in_touch"]
        places = {one.pk: held(Migration.objects.filter(adult=one), day) for one in asked}
        is_away = any(place.is_away for found_ in places.values() for place in found_)
        is_unknown = not parents or any(not found_ for found_ in places.values())
        rows = Contact.objects.filter(student=child, retracted_at=None)
        talks = [Talk(one.pk, one.adult_id, one.happened_on, one.reported_by) for one in rows]
        week = [one for one in talks if 0 <= (day - one.on).days <= 6]
        sure = any(told_by(one, talks) in (Told.BOTH, *SURE) for one in week)
        class_id = enrolment.school_class_id
        add(class_id, Key.PUPILS, 1, 1)
        add(class_id, Key.CONNECTED, is_away and bool(week), is_away, is_unknown and not is_away)
        add(class_id, Key.CONFIRMED, is_away and sure, is_away and bool(week))
    return {key: tuple(counts) for key, counts in found.items()}


def as_kept(school, day) -> dict[tuple[int, str], tuple[int, int, int]]:
    rows = ClassWeek.objects.filter(school=school, ends_on=day).exclude(key=Key.REACHED)
    found = {
        (row.school_class_id, row.key): (row.numerator, row.denominator, row.missing)
        for row in rows
    }
    return {key: counts for key, counts in found.items() if any(counts)}


def agrees(school) -> None:
    for day in WEEKS:
        slow = {key: counts for key, counts in slowly(school, day).items() if any(counts)}
        assert as_kept(school, day) == slow, day
    schools = School.objects.all()
    for day in WEEKS:
        each = [row for one in schools for row in counting.count(one, [day])]
        assert sorted(counting.count_together([one.pk for one in schools], day)) == sorted(each)


DAYS = st.integers(-23, 2).map(lambda back: SUNDAY + timedelta(days=back))
CHILDREN = st.sampled_from(["mengyao", "xiaobao", "haitao"])
ADULTS = st.sampled_from(["mother", "father", "other_mother"])


def retract(cast, child):
    Contact.objects.filter(student=cast.students[child]).update(retracted_at=WEDNESDAY)


def delete_talks(cast, child):
    Contact.objects.filter(student=cast.students[child]).delete()


def move_class(cast, child, day):
    rows = Enrolment.objects.filter(student=cast.students[child], ends_on=None, starts_on__lt=day)
    last = rows.first()
    if last is None:
        return
    rows.update(ends_on=day - timedelta(days=1))
    (other,) = {cast.school_class, cast.next_class} - {last.school_class}
    Enrolment.objects.create(
        school=cast.school, student=last.student, school_class=other, starts_on=day
    )


def leave(cast, child, day):
    rows = Enrolment.objects.filter(student=cast.students[child], ends_on=None)
    rows.filter(starts_on__lte=day).update(ends_on=day)


def never_came(cast, child):
    Enrolment.objects.filter(student=cast.students[child]).delete()


def come_home(cast, adult, day):
    rows = Migration.objects.filter(adult=cast.adults[adult], ends_on=None, starts_on__lt=day)
    if rows.update(ends_on=day - timedelta(days=1)):
        facts = {"school": cast.school, "adult": cast.adults[adult], "starts_on": day}
        Migration.objects.create(is_away=False, **facts)


def be_nowhere(cast, adult):
    Migration.objects.filter(adult=cast.adults[adult]).delete()


def fall_out_of_touch(cast, adult):
    rows = Adult.objects.filter(pk=cast.adults[adult].pk)
    rows.filter(condition="in_touch").update(condition="missing")


def lose_parents(cast, child, day):
    rows = Guardianship.objects.filter(student=cast.students[child], kind="parent", ends_on=None)
    rows.filter(starts_on__lte=day).update(ends_on=day)


def begin(cast, day):
    new = make_student(cast.next_class, "钱新")
    Enrolment.objects.filter(student=new).update(starts_on=day)
    mother = make_adult(cast.school, "钱妈妈")
    make_guardianship(new, mother, "mother")
    send_away(mother, "昆山")


def refresh(cast):
    keeping.keep_due(WEDNESDAY)


CHANGES = st.one_of(
    st.tuples(st.just(talk), CHILDREN, ADULTS, DAYS, st.sampled_from(Contact.ReportedBy.values)),
    st.tuples(st.sampled_from([retract, delete_talks, never_came]), CHILDREN),
    st.tuples(st.sampled_from([move_class, leave, lose_parents]), CHILDREN, DAYS),
    st.tuples(st.just(come_home), ADULTS, DAYS),
    st.tuples(st.sampled_from([be_nowhere, fall_out_of_touch]), ADULTS),
    st.tuples(st.just(begin), DAYS),
    st.tuples(st.just(refresh)),
)


@settings(max_examples=20)
@given(changes=st.lists(CHANGES, max_size=12))
def test_what_is_kept_equals_the_slow_definition_after_any_changes(cast, changes):
    point = transaction.savepoint()
    try:
        for day in WEEKS:
            keeping.keep(cast.school, day, MONDAY_NOON)
        agrees(cast.school)
        for act, *facts in changes:
            act(cast, *facts)
        keeping.keep_due(WEDNESDAY)
        agrees(cast.school)
        for day in WEEKS:
            assert checking.check(cast.school, day, WEDNESDAY) == []
            board = dashboard(cast.school, WEDNESDAY, day, has_trend=False)
            of_week = reading.school_sums(cast.school, day, is_fresh=False)
            if Key.CONNECTED in of_week:
                found = of_week[Key.CONNECTED]
                assert (found.numerator, found.denominator) == (
                    board.connected,
                    board.with_parent_away,
                )
                assert of_week[Key.CONFIRMED].numerator == board.confirmed
    finally:
        transaction.savepoint_rollback(point)


# -- when it is kept, and when it stays


def test_the_last_week_is_kept_once_it_is_over_and_frozen_at_noon(cast):
    talk(cast)
    assert keeping.keep_due(MONDAY_MORNING) == 2  # each once: kept, and its marks looked at
    assert kept(cast.school_class) == (1, 2, 0)
    assert kept(cast.next_class) == (0, 1, 0)
    assert not ClassWeek.objects.filter(ends_on=SUNDAY).exclude(frozen_at=None).exists()
    talk(cast, "xiaobao")
    assert keeping.keep_due(MONDAY_MORNING) == 1
    assert kept(cast.school_class) == (2, 2, 0)
    assert keeping.keep_due(MONDAY_NOON) == 2
    assert not ClassWeek.objects.filter(frozen_at=None).exists()
    assert keeping.keep_due(MONDAY_NOON) == 0
    assert not ClassWeekCorrection.objects.exists()


def test_what_changes_later_leaves_what_was_frozen_to_be_seen(cast):
    talk(cast)
    keeping.keep_due(MONDAY_NOON)
    talk(cast, "haitao", "other_mother", SUNDAY - timedelta(days=2))
    keeping.keep_due(WEDNESDAY)
    keeping.keep_due(WEDNESDAY)
    (found,) = reading.corrected(cast.school, [SUNDAY], Key.CONNECTED)
    assert found.before == reading.Sums(1, 3, 0)
    assert found.now == reading.Sums(2, 3, 0)
    board = dashboard(cast.school, WEDNESDAY, SUNDAY + timedelta(days=3))
    week = next(one for one in board.trend if one.ends_on == SUNDAY)
    assert (week.percent_before, week.percent) == (33, 66)
    with pytest.raises(InternalError), transaction.atomic():
        ClassWeekCorrection.objects.update(numerator=0)


def test_what_is_taken_back_again_is_no_correction_to_show(cast):
    keeping.keep_due(MONDAY_NOON)
    late = talk(cast)
    keeping.keep_due(WEDNESDAY)
    late.delete()
    keeping.keep_due(WEDNESDAY)
    assert ClassWeekCorrection.objects.filter(class_week__key=Key.CONNECTED).count() == 2
    assert reading.corrected(cast.school, [SUNDAY], Key.CONNECTED) == []


def test_a_child_who_changes_class_in_mid_week_is_counted_where_they_end_the_week(cast):
    moved_on = SUNDAY - timedelta(days=3)
    Enrolment.objects.filter(student=cast.students["mengyao"]).update(
        ends_on=moved_on - timedelta(days=1)
    )
    Enrolment.objects.create(
        school=cast.school,
        student=cast.students["mengyao"],
        school_class=cast.next_class,
        starts_on=moved_on,
    )
    talk(cast, day=SUNDAY - timedelta(days=5))
    for day in WEEKS:
        keeping.keep(cast.school, day, MONDAY_NOON)
    assert kept(cast.school_class) == (0, 1, 0)
    assert kept(cast.next_class) == (1, 2, 0)
    assert kept(cast.school_class, day=WEEKS[1]) == (0, 2, 0)


def test_a_school_in_its_first_week_and_one_without_a_class(cast):
    new = School.objects.create(county=cast.county, name="新学校", code="620622009")
    keeping.keep_due(MONDAY_NOON)
    assert not ClassWeek.objects.filter(school=new).exists()
    child = make_student(make_class(new, 1, 1), "孙一")
    Enrolment.objects.filter(student=child).update(starts_on=SUNDAY)
    keeping.keep_due(MONDAY_NOON)
    assert as_kept(new, SUNDAY)[(new.classes.get().pk, Key.PUPILS)] == (1, 1, 0)
    trend = dashboard(new, WEDNESDAY, SUNDAY + timedelta(days=3)).trend
    assert [week.percent for week in trend] == [None] * 12


def test_the_ways_to_families_stay_as_they_were(cast):
    keeping.keep_due(MONDAY_NOON)
    assert kept(cast.next_class, Key.REACHED) == (1, 1, 0)
    ContactPoint.objects.filter(adult=cast.adults["other_mother"]).update(failing_since=WEDNESDAY)
    talk(cast, "haitao", "other_mother")
    keeping.keep_due(WEDNESDAY)
    keeping.keep(cast.school, SUNDAY, WEDNESDAY)
    assert kept(cast.next_class) == (1, 1, 0)
    assert kept(cast.next_class, Key.REACHED) == (1, 1, 0)
    # Published two weeks late, it is still known.
    found = weekly.school_week(cast.school, weekly.Week(SUNDAY, WEDNESDAY + timedelta(days=14)))
    assert next(one for one in found.counts if one.key == "reached").is_known


def test_nobody_counts_the_ways_of_a_week_long_over(cast):
    keeping.keep(cast.school, SUNDAY, WEDNESDAY + timedelta(days=14))
    assert kept(cast.school_class) == (0, 2, 0)
    assert not ClassWeek.objects.filter(key=Key.REACHED).exists()


def test_holes_of_the_last_twelve_weeks_are_filled_and_frozen(cast):
    """The server was off, or what is here was restored."""
    for day in WEEKS[:2]:
        keeping.keep(cast.school, day, timezone.make_aware(datetime.combine(day, time(23))))
    assert keeping.keep_due(WEDNESDAY) == 2
    days = ClassWeek.objects.filter(school=cast.school).order_by("ends_on")
    first = SUNDAY - timedelta(weeks=11)
    assert list(days.values_list("ends_on", flat=True).distinct()) == [
        first + timedelta(weeks=number) for number in range(12)
    ]
    assert not ClassWeek.objects.filter(frozen_at=None).exists()
    # Who could be reached then, nobody knows any more.
    of_ways = ClassWeek.objects.filter(school=cast.school, key=Key.REACHED, ends_on__gte=WEEKS[0])
    assert set(of_ways.values_list("ends_on", flat=True)) == set(WEEKS)
    assert not ClassWeek.objects.filter(key=Key.REACHED, ends_on__lt=WEEKS[0]).exists()
    assert keeping.keep_due(WEDNESDAY) == 0


def test_whoever_comes_between_two_counts_is_in_neither(cast, monkeypatch):
    real = keeping.count

    def and_then_one_comes(*args, **kwargs):
        found = real(*args, **kwargs)
        new = make_student(cast.next_class, "钱新")
        Enrolment.objects.filter(student=new).update(starts_on=SUNDAY)
        mother = cast.adults["other_mother"]
        make_guardianship(new, mother, "mother")
        return found

    monkeypatch.setattr(keeping, "count", and_then_one_comes)
    keeping.keep(cast.school, SUNDAY, MONDAY_NOON)
    assert kept(cast.next_class, Key.REACHED) == (1, 1, 0)


# -- one definition


def test_a_published_week_and_the_principals_line_read_what_is_kept(cast):
    talk(cast)
    keeping.keep_due(MONDAY_NOON)
    ClassWeek.objects.filter(school_class=cast.next_class, key=Key.CONNECTED).update(
        numerator=1, denominator=1
    )
    board = dashboard(cast.school, WEDNESDAY, SUNDAY + timedelta(days=3))
    line = {week.ends_on: (week.connected, week.with_parent_away) for week in board.trend}
    assert line[SUNDAY] == (2, 3)
    found = weekly.school_week(cast.school, weekly.Week(SUNDAY, MONDAY_NOON))
    assert {one.key: (one.part, one.whole) for one in found.counts}["connected"] == (2, 3)


def test_publishing_counts_and_freezes_the_week_first(cast):
    talk(cast)
    assert publishing.publish_due(MONDAY_NOON) == 1
    assert kept(cast.school_class) == (1, 2, 0)
    assert not ClassWeek.objects.filter(frozen_at=None).exists()


def test_whoever_may_not_read_a_file_gets_the_line_without_that_child(cast):
    keeping.keep_due(MONDAY_NOON)
    child = cast.students["mengyao"].pk
    found = reading.school_sums(cast.school, SUNDAY, is_fresh=True, without=[child])
    assert found[Key.CONNECTED].denominator == 2
    assert found[Key.REACHED].denominator == 2
    assert reading.school_sums(cast.school, SUNDAY, is_fresh=True)[Key.CONNECTED].denominator == 3


def test_a_closed_file_of_another_school_changes_nothing(cast):
    keeping.keep_due(MONDAY_NOON)
    ClassWeek.objects.filter(school_class=cast.next_class, key=Key.CONNECTED).update(
        numerator=1, denominator=1
    )
    elsewhere = Student.objects.exclude(enrolments__school=cast.school).first()
    found = reading.school_sums(cast.school, SUNDAY, is_fresh=False, without=[elsewhere.pk])
    assert found[Key.CONNECTED] == reading.Sums(1, 3, 0)
    assert Key.REACHED in found
    line = {
        week.ends_on: week.connected
        for week in trend(cast.school, (WEDNESDAY.date(), 0, 0), [SUNDAY], without=[elsewhere.pk])
    }
    assert line[SUNDAY] == 1


# -- it dies, it runs twice, it differs


@pytest.fixture
def bad_school(cast):
    """A school before the others that PostgreSQL refuses to count."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'refused'; END $$"
        )
        first = School.objects.order_by("pk").first()
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON figures_classweek FOR EACH ROW"
            f" WHEN (NEW.school_id = {first.pk}) EXECUTE FUNCTION pg_temp.refuse()"
        )
    return first


def test_a_school_that_cannot_be_counted_holds_up_no_other(cast, bad_school):
    other = School.objects.order_by("pk").last()
    assert other != bad_school
    with capture_logs() as logs:
        keeping.keep_due(MONDAY_NOON)
    assert ClassWeek.objects.filter(school=other, ends_on=SUNDAY).exists()
    assert not ClassWeek.objects.filter(school=bad_school).exists()
    assert {one["about"][0] for one in logs} == {bad_school.pk}


def test_many_schools_are_counted_together_and_alone_if_one_of_them_cannot_be(
    cast, bad_school, monkeypatch
):
    monkeypatch.setattr(keeping, "MANY", 2)
    real, together = keeping.keep_together, []

    def seen(schools, *args):
        together.append(len(schools))
        return real(schools, *args)

    monkeypatch.setattr(keeping, "keep_together", seen)
    keeping.keep_due(MONDAY_NOON)
    assert together[:3] == [2, 1, 1]
    other = School.objects.order_by("pk").last()
    assert set(ClassWeek.objects.values_list("school", flat=True)) == {other.pk}


def test_schools_counted_together_get_the_same_rows_as_each_alone(cast, monkeypatch):
    def rows():
        facts = ("school_class", "key", "numerator", "denominator", "missing", "frozen_at")
        return sorted(ClassWeek.objects.values_list(*facts))

    talk(cast)
    for school in School.objects.all():
        keeping.keep(school, SUNDAY, MONDAY_NOON)
    each_alone = rows()
    assert {key for _class, key, *_counts in each_alone} == {*Key.values}
    ClassWeek.objects.all().delete()
    monkeypatch.setattr(keeping, "MANY", 2)
    assert keeping.keep_together(School.objects.all(), SUNDAY, MONDAY_NOON) == 2
    assert rows() == each_alone


def test_a_school_that_cannot_be_compared_holds_up_no_other(cast, monkeypatch):
    talk(cast)
    keeping.keep_due(MONDAY_NOON)
    first, last = School.objects.order_by("pk")
    ClassWeek.objects.filter(key=Key.CONNECTED, ends_on=SUNDAY).update(numerator=0, denominator=0)
    real = checking.dashboard

    def fails(school, *args, **kwargs):
        if school == first:
            raise ValueError
        return real(school, *args, **kwargs)

    monkeypatch.setattr(checking, "dashboard", fails)
    assert {one.school_id for one in checking.check_all(WEDNESDAY)} == {last.pk}


@pytest.mark.parametrize("error", [SoftTimeLimitExceeded, OperationalError])
def test_the_end_of_its_time_and_a_database_that_is_gone_end_the_run(cast, error):
    def step(_school):
        raise error

    with pytest.raises(error):
        run_step(step, cast.school)


@pytest.mark.django_db(transaction=True)
def test_one_run_at_a_time(cast):
    held, free = threading.Event(), threading.Event()

    def another_run() -> None:
        with lock(keeping.LOCKS, keeping.RUN):
            held.set()
            free.wait(30)
        connection.close()

    thread = threading.Thread(target=another_run)
    thread.start()
    held.wait(30)
    found = tasks.keep()
    free.set()
    thread.join()
    assert found == 0
    assert not ClassWeek.objects.exists()
    assert tasks.keep() > 0


@pytest.mark.django_db(transaction=True)
def test_whoever_writes_the_schools_row_does_not_wait_for_the_count(cast):
    """As one does who stops its sending."""
    failed = []

    def write() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
                School.objects.filter(pk=cast.school.pk).update(sending_started_at=None)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    with transaction.atomic():
        keeping.keep(cast.school, SUNDAY, MONDAY_NOON)
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert failed == []


def test_one_that_is_killed_midway_leaves_what_was_there(cast, monkeypatch):
    talk(cast)
    keeping.keep_due(MONDAY_NOON)
    before = list(ClassWeek.objects.order_by("pk").values())
    talk(cast, "haitao", "other_mother")
    marks = StaleClass.objects.count()

    def dies(*args, **kwargs):
        raise OperationalError("terminating connection due to administrator command")

    monkeypatch.setattr(keeping.days, "forget", dies)  # after everything else
    with pytest.raises(OperationalError):
        keeping.keep_due(WEDNESDAY)
    assert list(ClassWeek.objects.order_by("pk").values()) == before
    assert StaleClass.objects.count() == marks > 0
    monkeypatch.undo()
    keeping.keep_due(WEDNESDAY)
    assert kept(cast.next_class) == (1, 1, 0)
    assert not StaleClass.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_and_changes_meanwhile(cast):
    keeping.keep_due(MONDAY_NOON)
    start = threading.Barrier(3)
    failed = []

    def run(step) -> None:
        try:
            start.wait()
            for number in range(15):
                step(number)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    def write(number: int) -> None:
        talk(cast, ["mengyao", "xiaobao"][number % 2], day=SUNDAY - timedelta(days=number % 7))

    steps = [lambda _number: keeping.keep_due(WEDNESDAY)] * 2 + [write]
    threads = [threading.Thread(target=run, args=(step,)) for step in steps]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    keeping.keep_due(WEDNESDAY)
    agrees_on = slowly(cast.school, SUNDAY)
    assert as_kept(cast.school, SUNDAY) == {k: v for k, v in agrees_on.items() if any(v)}
    assert ClassWeek.objects.filter(key=Key.CONNECTED, ends_on=SUNDAY).count() == 3


def test_what_is_rolled_back_marks_nothing(cast):
    keeping.keep_due(MONDAY_NOON)
    StaleClass.objects.all().delete()
    with transaction.atomic():
        talk(cast)
        assert StaleClass.objects.exists()
        transaction.set_rollback(True)
    assert not StaleClass.objects.exists()


def test_a_difference_is_mailed_with_both_numbers(cast, settings, mailoutbox, wednesday):
    settings.ALERT_EMAILS = ["operator@example.org"]
    talk(cast)
    keeping.keep_due(WEDNESDAY)
    check_class_weeks()
    assert mailoutbox == []
    ClassWeek.objects.filter(school_class=cast.school_class, key=Key.CONNECTED).update(numerator=2)
    check_class_weeks()
    assert [mail.to for mail in mailoutbox] == [["operator@example.org"]]
    assert f"class {cast.school_class.pk}, week until 2026-11-22" in mailoutbox[0].body
    assert "kept 2 of 2, counted 1 of 2" in mailoutbox[0].body
    call_command("rebuild_class_weeks", weeks=2)
    assert kept(cast.school_class) == (1, 2, 0)


def test_a_change_that_nobody_has_counted_yet_is_no_difference(cast):
    keeping.keep_due(MONDAY_NOON)
    talk(cast)
    assert checking.check(cast.school, SUNDAY, WEDNESDAY) == []
    assert kept(cast.school_class) == (1, 2, 0)


def test_by_hand_with_progress(cast, capsys, wednesday):
    call_command("rebuild_class_weeks", weeks=3, school=cast.school.code)
    assert "1 of 1" in capsys.readouterr().out
    assert set(ClassWeek.objects.values_list("school", "ends_on").distinct()) == {
        (cast.school.pk, day) for day in WEEKS
    }
    with pytest.raises(CommandError, match="no such school"):
        call_command("rebuild_class_weeks", school="x")


def test_one_statement_counts_many_weeks_of_a_school(cast, django_assert_num_queries):
    with django_assert_num_queries(1):
        counting.count(cast.school, WEEKS)


def test_a_child_that_is_erased_is_in_no_kept_week(cast):
    keeping.keep_due(MONDAY_NOON)
    Student.objects.filter(pk=cast.students["haitao"].pk).delete()
    keeping.keep_due(WEDNESDAY)
    assert kept(cast.next_class, Key.PUPILS) == (0, 0, 0)
