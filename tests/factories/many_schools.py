"""A county of many schools and of many weeks: what there is, copied."""

from django.db import connection

from demo.county import analyze

WEEKS = 13  # between a question and its copy
HISTORY = {  # table → which of its rows are over
    "messaging_checkin": "state <> 'waiting'",
    "messaging_checkinline": "check_in_id IN (SELECT id FROM messaging_checkin WHERE state <> 'waiting')",
    "guardians_contact": "true",
}
STEP = 10_000_000  # between the keys of a row and of its copy: above every key of a test
# Keys that no constraint holds: logs and messages outlive what they are about.
LOOSE_KEYS = ("school_id", "school_class_id", "student_id", "case_id", "message_id", "about_id")
# In each copy a family has numbers of its own.
NUMBERS = ("address", "linked_from", "phone")

# Tables that lead by foreign keys to a school or an account, and how each of their columns is copied.
COLUMNS = """
WITH RECURSIVE link AS (
    SELECT conrelid AS child, confrelid AS parent, conkey[1] AS number FROM pg_constraint WHERE contype = 'f'
), copied (oid) AS (
    VALUES ('schools_school'::regclass::oid), ('accounts_user'::regclass::oid)
    UNION SELECT child FROM link JOIN copied ON parent = oid
), mapped AS (
    SELECT child AS oid, number FROM link JOIN copied ON parent = oid
    UNION SELECT indrelid, indkey[0] FROM pg_index JOIN copied ON indrelid = oid WHERE indisprimary
), alone AS (  -- in a unique index that no mapped key tells apart
    SELECT oid, unnest(indkey) AS number FROM pg_index JOIN copied ON indrelid = oid
    WHERE indisunique AND NOT EXISTS (
        SELECT FROM mapped WHERE mapped.oid = copied.oid AND mapped.number = ANY (indkey)
    )
)
SELECT quote_ident(relname), quote_ident(attname), typname,
    EXISTS (SELECT FROM mapped WHERE (mapped.oid, number) = (copied.oid, attnum)),
    EXISTS (SELECT FROM alone WHERE (alone.oid, number) = (copied.oid, attnum)),
    atttypmod - 4
FROM copied JOIN pg_class ON pg_class.oid = copied.oid JOIN pg_attribute ON attrelid = copied.oid
    JOIN pg_type ON pg_type.oid = atttypid
WHERE attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY copied.oid, attnum
"""


def copy_schools(times: int) -> None:
    """Add `times` copies of every row about a school or a person, in the caller's transaction, as they are:
    without triggers, so without history. Updates PostgreSQL's statistics.
    """
    tables: dict[str, dict[str, str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        for table, column, kind, is_mapped, stands_alone, length in cursor.fetchall():
            value = _copied(column, kind, is_mapped, stands_alone, length)
            tables.setdefault(table, {})[column] = value
    _insert(tables, dict.fromkeys(tables, "true"), times)


def copy_weeks(times: int) -> None:
    """Add `times` earlier terms of closed check-ins and of contacts."""
    tables: dict[str, dict[str, str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        for table, column, kind, _is_mapped, stands_alone, length in cursor.fetchall():
            if table in HISTORY:
                is_own = column in ("id", "check_in_id")
                value = _copied(column, kind, is_own, stands_alone, length)
                if kind in ("date", "timestamptz"):
                    value = f"({column} - copy * interval '{WEEKS} weeks')::{kind}"
                tables.setdefault(table, {})[column] = value
    _insert({table: tables[table] for table in HISTORY}, HISTORY, times)


def _insert(tables: dict[str, dict[str, str]], which: dict[str, str], times: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, values in tables.items():
            columns, copies = ", ".join(values), ", ".join(values.values())
            cursor.execute(
                f"INSERT INTO {table} ({columns}) SELECT {copies} FROM {table}, "  # noqa: S608
                f"generate_series(1, %s) AS copy WHERE {which[table]} ORDER BY copy "
                "ON CONFLICT DO NOTHING",
                [times],
            )
        cursor.execute("SET LOCAL session_replication_role = origin")
    analyze()


def _copied(column: str, kind: str, is_mapped: bool, stands_alone: bool, length: int) -> str:
    """How a column of a copy is made of the row that is copied."""
    if kind == "uuid" and (is_mapped or stands_alone):
        return f"md5({column}::text || copy)::uuid"
    if kind in ("int4", "int8") and (is_mapped or column in LOOSE_KEYS):
        return f"{column} + copy * {STEP}"
    if kind in ("varchar", "text") and (stands_alone or column in NUMBERS):
        # A key keeps its beginning, by which rows are found; a number begins otherwise.
        longest = length if length > 0 else 200
        own = (
            f"left({column}, {longest - 3}) || '~' || copy" if stands_alone else f"copy || {column}"
        )
        return f"CASE {column} WHEN '' THEN '' ELSE left({own}, {longest}) END"
    return column
