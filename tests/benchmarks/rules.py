"""How many plans a second the rules decide on, against the least that could be done with the same rows.

Row `plans`: plans read and decided by what the generator and the preview ask (`read_plans`, `turn`): who may
be asked, by which way, talks, pauses, holidays, shifts. The limit reads plans, last talks and parents by one
statement of raw SQL for each batch and compares two dates. Nothing is written by either. Row `beat`:
milliseconds of the whole round when nothing is due, as beat starts it each minute; the limit is the same
question by raw SQL, and the goal a ratio to stay below. Row `preview`: milliseconds of the next seven days
of 45 children; the limit is the same among the first thousand, and the goal a ratio to stay below.
Medians of five interleaved rounds.

    python -m tests.benchmarks.rules [--children 20000] [--rounds 5]
"""

import argparse
import time
from collections.abc import Callable

from tests.benchmarks import harness

AT_ONCE = 2000  # plans of one batch, as in the generator
CLASS_SIZE = 45
FIRST = 990  # children before the preview is measured the first time: 22 classes

BARE = """
SELECT plan.id, plan.next_due_on, plan.every_days,
    (SELECT max(happened_on) FROM guardians_contact c
        WHERE c.student_id = plan.student_id AND c.retracted_at IS NULL) AS talked_on,
    (SELECT min(g.adult_id) FROM guardians_guardianship g
        JOIN guardians_contactpoint p ON p.adult_id = g.adult_id AND p.address <> ''
        WHERE g.student_id = plan.student_id AND g.kind = 'parent') AS adult_id
FROM messaging_checkinplan plan WHERE plan.id > %s AND plan.ended_on IS NULL
ORDER BY plan.id LIMIT %s
"""
BARE_BEAT = (
    "SELECT count(*) FROM messaging_checkinplan WHERE ended_on IS NULL AND next_due_on <= %s"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--children", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=harness.ROUNDS)
    options = parser.parse_args()
    with harness.servers("rules"):
        results = _measure(options.children, options.rounds)
    harness.report("rules", results)


def _measure(children: int, rounds: int) -> list[harness.Result]:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    school_class = _fill(FIRST)
    at_first = [_median(lambda: _preview(school_class), rounds)]
    _fill(children - FIRST)
    sides: dict[str, Callable[[], float]] = {
        "plans": lambda: children / _seconds(_decide),
        "bare plans": lambda: children / _seconds(_decide_bare),
        "preview": lambda: 1000 * _seconds(lambda: _preview(school_class)),
    }
    found = harness.interleave(sides, rounds)
    _put_off()
    quiet = {
        "beat": lambda: 1000 * _seconds(_beat),
        "bare beat": lambda: 1000 * _seconds(_beat_bare),
    }
    found |= harness.interleave(quiet, rounds)
    return [
        harness.ratio("plans", found["plans"], found["bare plans"], "plans/s", 0.2),
        harness.ratio("beat", found["beat"], found["bare beat"], "ms", 100.0),
        harness.ratio("preview", found["preview"], at_first, "ms", 1.5),
    ]


def _seconds(side: Callable[[], object]) -> float:
    began = time.perf_counter()
    side()
    return time.perf_counter() - began


def _median(side: Callable[[], object], rounds: int) -> float:
    taken = sorted(1000 * _seconds(side) for _round in range(rounds + 1))
    return taken[len(taken) // 2]


def _fill(count: int):
    """`count` more children with a father away, in classes of a school of their own; the first class."""
    from django.db import connection

    from core import clock
    from messaging import actions
    from messaging.models import CheckInPlan
    from schools.models import County, School
    from tests.delivery.test_faults import make_families
    from tests.factories.cast import make_school

    county = County.objects.first() or County.objects.create(name="古浪县")
    school = make_school(county, "黄羊川中心小学", f"62062200{School.objects.count()}")
    make_families(school, count)
    actions.ensure_plans(at=clock.now())
    CheckInPlan.objects.filter(school=school).update(next_due_on="2000-01-01")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return school


def _preview(school) -> None:
    from core import clock
    from messaging.queries.preview import preview
    from students.models import Student

    first = Student.objects.filter(school=school).order_by("pk").values("pk")[:CLASS_SIZE]
    found = preview(
        Student.objects.filter(pk__in=list(first.values_list("pk", flat=True))), clock.now()
    )
    if len(found.ahead) != CLASS_SIZE:
        raise SystemExit(f"{len(found.ahead)} of {CLASS_SIZE} announced: the figures mean nothing")


def _decide() -> None:
    from core import clock
    from messaging.models import CheckInPlan
    from messaging.plans.rules import Outcome, decide
    from messaging.queries.plan_facts import read_plans, rows_of

    at, after, asked = clock.now(), 0, 0
    while True:
        rows = CheckInPlan.objects.filter(pk__gt=after, ended_on=None).order_by("pk")
        plans = rows_of(rows[:AT_ONCE])
        if not plans:
            break
        asked += sum(decide(one.facts, at).outcome == Outcome.ASK for one in read_plans(plans, at))
        after = plans[-1].pk
    if asked != CheckInPlan.objects.count():
        raise SystemExit(f"{asked} to be asked: the figures mean nothing")


def _decide_bare() -> None:
    from datetime import date

    from django.db import connection

    after, today, asked = 0, date.today(), 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(BARE, [after, AT_ONCE])
            rows = cursor.fetchall()
            if not rows:
                return
            for _pk, next_due_on, every_days, talked_on, adult_id in rows:
                talked = talked_on is not None and (today - talked_on).days < every_days
                asked += next_due_on <= today and not talked and adult_id is not None
            after = rows[-1][0]


def _put_off() -> None:
    """Nothing is due any more."""
    from django.db import connection

    from messaging.models import CheckInPlan

    CheckInPlan.objects.update(next_due_on="2100-01-01")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE messaging_checkinplan")


def _beat() -> None:
    """What messaging.tasks.ask_due_check_ins does once the plans are made."""
    from core import clock
    from messaging import actions

    at = clock.now()
    actions.bring_forward(at=at)
    if actions.ask_due_check_ins(at=at):
        raise SystemExit("something was due: the figures mean nothing")
    actions.climb_ladders(at=at)


def _beat_bare() -> None:
    from datetime import date

    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(BARE_BEAT, [date.today()])
        cursor.fetchall()


if __name__ == "__main__":
    main()
