"""What the chain of the access log costs: a note written and its reading logged, with the chain and without.

Row `audit_chain`: milliseconds for one encrypted note and the row in the log of readers that goes with
it; the limit is the same with a log that is neither numbered nor sealed, and the goal a ratio to stay
below. The note is written as the page writes it: policy, lock, seal. Row `log_alone`: the log's row by
itself, which a long chain must not make slower. Medians of five interleaved rounds.

    python -m tests.benchmarks.notes [--children 20000] [--notes 60] [--rounds 5]
"""

import argparse
import itertools
import statistics
import time
from collections.abc import Callable

from tests.benchmarks import harness

WORDS = "她说夜里总醒，想妈妈。" * 40  # a page of notes
ROWS_AT_ONCE = 2000
READS_OF_A_CHILD = 5  # rows in the log before the first round
numbers = itertools.count(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--children", type=int, default=20_000)
    parser.add_argument("--notes", type=int, default=60, help="of each side in each round")
    parser.add_argument("--rounds", type=int, default=harness.ROUNDS)
    options = parser.parse_args()
    with harness.servers("notes"):
        results = _measure(options.children, options.notes, options.rounds)
    harness.report("notes", results)


def _measure(children: int, notes: int, rounds: int) -> list[harness.Result]:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from tests.factories import cases
    from tests.factories.cast import make_cast

    settings.NOTE_KEYS = ["benchmark-" + "0" * 33]
    call_command("migrate", verbosity=0)
    case = cases.make_case(make_cast())
    log = _logger(case)
    at_first = _median(log, notes)
    _fill(case, children * READS_OF_A_CHILD)

    def writing(log: Callable[[], None]) -> float:
        def write() -> None:
            cases.note(case, words=WORDS)
            log()

        return _median(write, notes)

    sides = {
        "with": lambda: writing(log),
        "without": lambda: _unchained(writing, case),
        "log": lambda: _median(log, notes),
    }
    found = harness.interleave(sides, rounds)
    return [
        harness.ratio("audit_chain", found["with"], found["without"], "ms", 1.6),
        harness.ratio("log_alone", found["log"], [at_first], "ms", 1.2),
    ]


def _logger(case) -> Callable[[], None]:
    from accounts.actions import record_access
    from counselling.cases.actions import read_mark

    def log() -> None:
        record_access(
            by=case.owner,
            school_id=case.school_id,
            student_ids=[case.student_id],
            what=read_mark(case),
            ip="127.0.0.1",
        )

    return log


def _fill(case, rows: int) -> None:
    """The log of a county, all of it in this school's chain."""
    from django.db import connection

    from accounts.actions import record_access

    for _ in range(0, rows, ROWS_AT_ONCE):
        of = [case.student_id] * ROWS_AT_ONCE
        record_access(by=case.owner, school_id=case.school_id, student_ids=of, what="file", ip=None)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE accounts_accessrecord")


def _unchained(measure: Callable[[Callable[[], None]], float], case) -> float:
    """With a plain log: a row is written as any other. Its numbers are below those of the chain."""
    from django.db import connection
    from django.utils import timezone

    from accounts.models import AccessRecord
    from counselling.cases.actions import read_mark

    (follows,) = (one for one in AccessRecord._meta.triggers if one.name == "follows")
    name = follows.get_pgid(AccessRecord)

    def log() -> None:
        AccessRecord.objects.create(
            user=case.owner, school_id=case.school_id, student_id=case.student_id,
            what=read_mark(case), ip_address="127.0.0.1", at=timezone.now(),
            chain="plain", number=next(numbers), seal=b"",
        )  # fmt: skip

    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE accounts_accessrecord DISABLE TRIGGER {name}")
        try:
            return measure(log)
        finally:
            cursor.execute(f"ALTER TABLE accounts_accessrecord ENABLE TRIGGER {name}")


def _median(work: Callable[[], None], times: int) -> float:
    """Milliseconds."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
