"""The nightly look over a county, against reading the same facts with one SQL each.

    python -m tests.benchmarks.early_warning [--children 200000]

Children in schools of 500 and classes of 50, with registers, absences, missing homework, notes, talks and
phone numbers of a term. Needs the servers of the environment, or starts embedded ones. Prints seconds, peak
memory of the look (MB above what the process had), statements and hints. The limit groups each fact by child
in the database and fetches it; it judges nothing, keeps nothing and knows no rest of settled hints.
"""

import argparse
import random
import statistics
import sys
import time
import tracemalloc
from datetime import timedelta

from tests.benchmarks.harness import report, servers

CHILDREN, PER_SCHOOL, PER_CLASS = 200_000, 500, 50
ROUNDS = 3

# Each of the facts that the rules ask about, grouped by child: what has to be read in any case.
LIMIT = (
    "SELECT student_id, school_id, school_class_id, starts_on FROM students_enrolment "
    "WHERE starts_on <= current_date AND (ends_on IS NULL OR ends_on >= current_date)",
    "SELECT school_class_id, array_agg(taken_on) FROM classroom_classregister "
    "WHERE taken_on > current_date - 28 GROUP BY 1",
    "SELECT student_id, count(*) FROM classroom_attendancemark "
    "WHERE kind = 'absent' AND marked_on > current_date - 28 GROUP BY 1",
    "SELECT student_id, count(*) FROM classroom_missedhomework "
    "WHERE retracted_at IS NULL AND missed_on > current_date - 14 GROUP BY 1",
    "SELECT student_id, count(DISTINCT happened_at::date) FILTER (WHERE themes <> '{}'), max(happened_at) "
    "FROM classroom_observation WHERE retracted_at IS NULL AND happened_at > now() - interval '28 days' "
    "GROUP BY 1",
    "SELECT student_id, max(happened_on) FROM guardians_contact "
    "WHERE retracted_at IS NULL AND happened_on > current_date - 120 GROUP BY 1",
    "SELECT g.student_id, min(m.starts_on) FROM guardians_guardianship g "
    "JOIN guardians_migration m ON m.adult_id = g.adult_id AND m.is_away GROUP BY 1",
    "SELECT g.student_id, bool_and(p.failing_since IS NOT NULL), max(p.failing_since) "
    "FROM guardians_guardianship g JOIN guardians_contactpoint p ON p.adult_id = g.adult_id GROUP BY 1",
    "SELECT student_id FROM safeguarding_concern WHERE closed_at IS NULL",
)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--children", type=int, default=CHILDREN)
    children = options.parse_args().children
    with servers("early_warning"):
        import django

        django.setup()
        _fill(children)
        report("early_warning", [_result(children)])


def _result(children: int) -> dict:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from core import clock
    from safeguarding.early_warning.actions import look_for_signals
    from safeguarding.models import Flag

    ours, limit, hints, statements = [], [], 0, 0
    for _round in range(ROUNDS):
        Flag.objects.all().delete()
        began = time.perf_counter()
        hints = look_for_signals(clock.now())
        ours.append(time.perf_counter() - began)
        limit.append(_limit())
    Flag.objects.all().delete()
    tracemalloc.start()
    with CaptureQueriesContext(connection) as queries:
        look_for_signals(clock.now())
        statements = len(queries)
    peak = tracemalloc.get_traced_memory()[1] / 1_000_000
    tracemalloc.stop()
    seconds, least = statistics.median(ours), statistics.median(limit)
    return {
        "name": f"look over {children} children",
        "ours": round(seconds, 2),
        "limit": round(least, 2),
        "ratio": round(seconds / least, 2),
        "unit": "s",
        "goal": None,
        "hints": hints,
        "statements": statements,
        "peak_mb": round(peak, 1),
    }


def _limit() -> float:
    from django.db import connection

    began = time.perf_counter()
    with connection.cursor() as cursor:
        for statement in LIMIT:
            cursor.execute(statement)
            cursor.fetchall()
    return time.perf_counter() - began


def _fill(children: int) -> None:
    """Schools one by one; no history of made-up rows."""
    from django.core.management import call_command
    from django.db import connection

    from schools.models import County
    from tests.factories.cast import make_user

    call_command("migrate", verbosity=0, interactive=False)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    county, teacher = County.objects.create(name="benchmark"), make_user("b", "b")
    for number in range(children // PER_SCHOOL):
        fill_school(county, teacher, number)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("ANALYZE")


def fill_school(county, teacher, number: int) -> None:
    from django.utils import timezone

    from safeguarding.models import WarningRules
    from students.models import Enrolment, Student
    from tests.factories.cast import STARTED_ON, make_class, make_school

    at, chance = timezone.now(), random.Random(number)
    school = make_school(county, f"school {number}", f"{number:09d}")
    WarningRules.objects.create(school=school, is_on=True)
    classes = [
        make_class(school, index % 6 + 1, index // 6 + 1)
        for index in range(PER_SCHOOL // PER_CLASS)
    ]
    students = Student.objects.bulk_create(
        Student(school=school, name=f"child {index}", name_pinyin="x", name_initials="x")
        for index in range(PER_SCHOOL)
    )
    Enrolment.objects.bulk_create(
        Enrolment(
            school=school,
            student=one,
            school_class=classes[index // PER_CLASS],
            starts_on=STARTED_ON,
        )
        for index, one in enumerate(students)
    )
    _fill_days(school, classes, students, teacher, at, chance)
    _fill_families(school, students, at, chance)


def _fill_days(school, classes, students, teacher, at, chance) -> None:
    """Registers of 20 days; one absence and one missing homework a child, three times as many of some."""
    from classroom.models import AttendanceMark, ClassRegister, MissedHomework, Observation

    days = [at.date() - timedelta(days=back) for back in range(28)]
    open_days = [day for day in days if day.weekday() < 5]
    written = {"taken_by": teacher, "taken_at": at}
    ClassRegister.objects.bulk_create(
        ClassRegister(school=school, school_class=one, taken_on=day, **written)
        for one in classes
        for day in open_days
    )
    marks, missed, notes = [], [], []
    for one in students:
        much = 3 if chance.random() < 0.1 else 1
        for day in chance.sample(open_days, much):
            facts = {"kind": "absent", "written_by": teacher, "written_at": at}
            marks.append(AttendanceMark(school=school, student=one, marked_on=day, **facts))
        for day in chance.sample(open_days[:8], 3 if chance.random() < 0.1 else 1):
            facts = {"noted_by": teacher, "noted_at": at}
            missed.append(MissedHomework(school=school, student=one, missed_on=day, **facts))
        for back in chance.sample(range(27), 2):
            themes = ["withdrawal"] if chance.random() < 0.2 else []
            facts = {"written_by": teacher, "recorded_at": at, "themes": themes}
            happened_at = at - timedelta(days=back)
            notes.append(Observation(school=school, student=one, happened_at=happened_at, **facts))
    AttendanceMark.objects.bulk_create(marks)
    MissedHomework.objects.bulk_create(missed)
    Observation.objects.bulk_create(notes)


def _fill_families(school, students, at, chance) -> None:
    """A mother away and a grandmother with numbers; fifteen talks of a term, fewer of some."""
    from guardians.models import Adult, Contact, ContactPoint, Guardianship, Migration
    from tests.factories.cast import STARTED_ON

    adults = Adult.objects.bulk_create(
        Adult(school=school, name="adult") for _index in range(2 * len(students))
    )
    pairs = list(zip(students, adults[::2], adults[1::2], strict=True))
    since = {"school": school, "starts_on": STARTED_ON}
    Guardianship.objects.bulk_create(
        Guardianship(student=one, adult=adult, relation=relation, kind=kind, **since)
        for one, mother, granny in pairs
        for adult, relation, kind in (
            (mother, "mother", "parent"),
            (granny, "paternal_grandmother", "carer"),
        )
    )
    Migration.objects.bulk_create(
        Migration(adult=mother, is_away=True, **since) for _one, mother, _granny in pairs
    )
    ContactPoint.objects.bulk_create(
        ContactPoint(
            school=school,
            adult=adult,
            kind="phone",
            address=f"+86139{adult.pk:08d}",
            failing_since=at - timedelta(days=9) if chance.random() < 0.1 else None,
        )
        for adult in adults
    )
    Contact.objects.bulk_create(
        Contact(
            school=school,
            student=one,
            adult=mother,
            happened_on=at.date() - timedelta(days=back),
            reported_by="parent",
            recorded_at=at,
        )
        for one, mother, _granny in pairs
        for back in range(21 if chance.random() < 0.05 else 2, 118, 7)
    )


if __name__ == "__main__":
    sys.exit(main())
