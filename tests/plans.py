"""What PostgreSQL reads to answer a page: every statement run again under EXPLAIN (ANALYZE)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

EXPLAIN = "EXPLAIN (ANALYZE, FORMAT JSON) "
PREPARED = "SELECT statement FROM pg_prepared_statements WHERE name = split_part(%s, ' ', 2)"
# Tables of some thousand rows PostgreSQL reads whole, as that is quickest; those of a county it does not.
# With these a small county is planned for as a large one: by indexes, and one row after the other.
AS_IN_A_LARGE_COUNTY = """
SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off
"""


@dataclass
class Reading:
    """One statement of a page, by its text without values: the same text asked twice counts twice."""

    sql: str
    rows: float = 0  # read, also those that a filter threw away
    milliseconds: float = 0  # of PostgreSQL, planning included
    plans: list[Any] = field(default_factory=list)

    @property
    def plan(self) -> str:
        """The plans as indented lines, each with what it read itself."""
        return "\n".join(line for plan in self.plans for line in _lines(plan))


@contextmanager
def readings() -> Iterator[dict[str, Reading]]:
    """Collect what is read in the block. Each SELECT runs a second time; what writes is not explained."""
    found: dict[str, Reading] = {}

    def explained(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if not many and sql.lstrip("( ").startswith(("SELECT", "WITH", "EXECUTE")):
            with context["connection"].connection.cursor() as cursor:
                cursor.execute(EXPLAIN + sql, params)
                (told,) = cursor.fetchone()[0]
                cursor.execute(PREPARED, [sql])
                sql = (cursor.fetchone() or [sql])[0]
            reading = found.setdefault(sql, Reading(sql))
            reading.rows += rows_read(told["Plan"])
            reading.milliseconds += told["Planning Time"] + told["Execution Time"]
            reading.plans.append(told["Plan"])
        return answer

    with connection.execute_wrapper(explained):
        yield found


def rows_read(plan: dict[str, Any]) -> float:
    return _own_rows(plan) + sum(map(rows_read, plan.get("Plans", ())))


def _own_rows(plan: dict[str, Any]) -> float:
    """Rows out of a scan, and rows that were read and thrown away."""
    removed = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
    scanned = plan["Actual Rows"] if "Scan" in plan["Node Type"] else 0
    return (scanned + removed) * plan["Actual Loops"]


def _lines(plan: dict[str, Any], depth: int = 0) -> Iterator[str]:
    named = (plan.get(key) for key in ("Node Type", "Subplan Name", "Relation Name", "Index Name"))
    what = " ".join(name for name in named if name)
    conditions = [
        f"{key} {plan[key]}"
        for key in ("Index Cond", "Recheck Cond", "Hash Cond", "Join Filter", "Filter")
        if key in plan
    ]
    yield f"{'  ' * depth}{what}: {_own_rows(plan):.0f} rows, {plan['Actual Loops']} times"
    for condition in conditions:
        yield f"{'  ' * depth}    {condition[:300]}"
    for part in plan.get("Plans", ()):
        yield from _lines(part, depth + 1)
