"""The commands for PostgreSQL at the hub, which subscribes, and the list of everything that is ever sent.

Only receive_county uses the commands.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime

import psycopg2
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Max
from psycopg2 import sql

from figures.models import SharedCounty, SharedFigure, SharedWeek
from figures.province.models import RECEIVER
from students.models import Student

# Everything that ever leaves a county: table → columns. A new column is not sent until it is listed here.
SENT = {
    "figures_sharedcounty": "code name",
    "figures_sharedweek": (
        "id county_id school_code school_name ends_on edition published_at is_late has_counsellor takes_part"
        " access_confirmed is_used sending"
    ),
    "figures_sharedfigure": "id week_id key unit low high gap",
}
NOT_FOLLOWED = "No county of this code is followed here."
ANSWER_SECONDS = 20  # until a window that does not answer is given up


class Unfit(ValueError):
    """The server may not be published from, or may not receive; the message says why, in English."""


def publication_of(code: str) -> str:
    """Return the name of one county's publication, because several counties may share a window."""
    return f"jiaqiao_published_{code}"


def subscription_of(code: str) -> str:
    return f"jiaqiao_county_{code}"


@dataclass(frozen=True)
class Received:
    """`until`: the last Sunday for which something was received; `told_at`: when its window last answered."""

    code: str
    name: str
    until: date | None
    told_at: datetime | None


def receive(code: str, address: str) -> None:
    """Follow a county's window from now on, and copy what it has. The window must answer.

    The window is not trusted: it is followed with a role that may only add rows to three tables and, through
    their triggers, only of this county. The subscription is never refreshed, so a table published later is
    not copied.
    """
    _check_hub(code)
    try:
        _check_window(code, address)
    except psycopg2.Error as error:
        raise Unfit(f"The window does not answer as one: {str(error).strip()}") from error
    _make_receiver(code)
    name = sql.Identifier(subscription_of(code))
    with connection.cursor() as cursor:
        cursor.execute(
            _SUBSCRIBE.format(
                name,
                sql.Literal(address),
                sql.Identifier(publication_of(code)),
                sql.Literal(subscription_of(code)),
            )
        )
        try:
            cursor.execute(_TAKEN, [subscription_of(code)])
            if {table for (table,) in cursor.fetchall()} != {*SENT}:
                raise Unfit("The window publishes other tables than a hub takes.")
            role = sql.Identifier(receiver_of(code))
            cursor.execute(sql.SQL("ALTER SUBSCRIPTION {} OWNER TO {}").format(name, role))
            cursor.execute(sql.SQL("ALTER SUBSCRIPTION {} ENABLE").format(name))
        except BaseException:
            end(code)
            raise


_SUBSCRIBE = sql.SQL(
    "CREATE SUBSCRIPTION {} CONNECTION {} PUBLICATION {}"
    " WITH (slot_name = {}, enabled = false, run_as_owner = true, password_required = false)"
)
_TAKEN = """
SELECT relname FROM pg_subscription_rel rel JOIN pg_class ON pg_class.oid = srrelid
JOIN pg_subscription sub ON sub.oid = srsubid WHERE subname = %s
"""


def receiver_of(code: str) -> str:
    return f"{RECEIVER}{code}"


def _make_receiver(code: str) -> None:
    role = sql.Identifier(receiver_of(code))
    tables = sql.SQL(", ").join(map(sql.Identifier, SENT))
    with transaction.atomic(), connection.cursor() as cursor:
        if not _is_there(cursor, _HAS_ROLE, receiver_of(code)):
            # PostgreSQL signs in with it; nobody else can, because it has no password.
            cursor.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
        cursor.execute(
            sql.SQL("GRANT USAGE ON SCHEMA public TO {0}; GRANT INSERT ON {1} TO {0}").format(
                role, tables
            )
        )


_IS_FOLLOWED = "SELECT EXISTS (SELECT FROM pg_subscription WHERE subname = %s)"
_HAS_ROLE = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)"


def _is_there(cursor: CursorWrapper, asked: str, name: str) -> bool:
    cursor.execute(asked, [name])
    found: bool = cursor.fetchone()[0]
    return found


def _check_hub(code: str) -> None:
    """Refuse a database that cannot become the hub of this county.

    It holds children, already has this county, or has no room for another one.
    """
    if Student.objects.exists():
        raise Unfit(
            "This database holds children; a hub may hold nothing but what counties publish."
        )
    with connection.cursor() as cursor:
        is_followed = _is_there(cursor, _IS_FOLLOWED, subscription_of(code))
        if is_followed or SharedCounty.objects.filter(pk=code).exists():
            raise Unfit("This county, or what it sent, is here already: --end first.")
        cursor.execute("SELECT count(*) FROM pg_subscription")
        counties = cursor.fetchone()[0] + 1
        cursor.execute("SELECT name, setting::int FROM pg_settings WHERE name = ANY(%s)", [[*ROOM]])
        for name, there in cursor.fetchall():
            if there < counties + ROOM[name]:
                raise Unfit(
                    f"PostgreSQL needs {name} = {counties + ROOM[name]} or more for {counties}"
                    " counties, and a restart (docs/operations.md): else they would stand still."
                )


# Setting of the hub's server → how many more than one for each county it needs: for copying a county's first
# rows, for starting the others, and two for the rest of the server.
ROOM = {
    "max_logical_replication_workers": 1,
    "max_worker_processes": 4,
    "max_active_replication_origins": 1,
}


def _check_window(code: str, address: str) -> None:
    """Refuse a window without this county, or one that publishes more or is followed already.

    Free the slot of a lost hub.
    """
    with (
        closing(psycopg2.connect(address, connect_timeout=ANSWER_SECONDS)) as there,
        there,
        there.cursor() as cursor,
    ):
        cursor.execute("SELECT code FROM figures_sharedcounty")
        codes = [one for (one,) in cursor.fetchall()]
        if code not in codes:
            raise Unfit(f"This window is that of {', '.join(codes) or 'no county yet'}.")
        cursor.execute(
            "SELECT tablename, attnames::text[] FROM pg_publication_tables WHERE pubname = %s",
            [publication_of(code)],
        )
        found = dict(cursor.fetchall())
        if set(found) != set(SENT) or any(
            set(columns) - set(SENT[table].split()) for table, columns in found.items()
        ):
            raise Unfit("The window publishes something else than this hub takes.")
        slot = [subscription_of(code)]
        cursor.execute("SELECT active FROM pg_replication_slots WHERE slot_name = %s", slot)
        state = cursor.fetchone()
        if state == (True,):
            raise Unfit("Another server follows this county already.")
        if state:
            cursor.execute("SELECT pg_drop_replication_slot(%s)", slot)


def rename(code: str, name: str) -> None:
    """Give a county another name here: a window sends new rows, but no changes."""
    if not SharedCounty.objects.filter(pk=code).update(name=name):
        raise Unfit(NOT_FOLLOWED)


def end(code: str, *, without_window: bool = False) -> None:
    """Stop following the county and delete what it sent. Can be repeated after an interruption.

    `without_window`: the window is gone for good. Otherwise it must answer, because it keeps whatever is not
    fetched until its slot is dropped.
    """
    name = sql.Identifier(subscription_of(code))
    role = sql.Identifier(receiver_of(code))
    with connection.cursor() as cursor:
        is_followed = _is_there(cursor, _IS_FOLLOWED, subscription_of(code))
        has_role = _is_there(cursor, _HAS_ROLE, receiver_of(code))
        if not (is_followed or has_role or SharedCounty.objects.filter(pk=code).exists()):
            raise Unfit(NOT_FOLLOWED)
        if is_followed and without_window:
            cursor.execute(sql.SQL("ALTER SUBSCRIPTION {} DISABLE").format(name))
            cursor.execute(sql.SQL("ALTER SUBSCRIPTION {} SET (slot_name = NONE)").format(name))
        cursor.execute(sql.SQL("DROP SUBSCRIPTION IF EXISTS {}").format(name))
        with transaction.atomic():
            SharedFigure.objects.filter(week__county=code).delete()
            SharedWeek.objects.filter(county=code).delete()
            SharedCounty.objects.filter(pk=code).delete()
            if has_role:
                cursor.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(role))


_FOLLOWED = """
SELECT sub.subname, max(stat.latest_end_time)
FROM pg_subscription sub LEFT JOIN pg_stat_subscription stat ON stat.subid = sub.oid
WHERE sub.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
GROUP BY 1 ORDER BY 1
"""


def received() -> Sequence[Received]:
    """Return every county that this hub follows."""
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOWED)
        found = cursor.fetchall()
    names = dict(SharedCounty.objects.values_list("code", "name"))
    weeks = SharedWeek.objects.values_list("county").annotate(until=Max("ends_on"))
    until = dict(weeks.values_list("county", "until"))
    codes = [(name.removeprefix(subscription_of("")), told_at) for name, told_at in found]
    return [
        Received(code, names.get(code, ""), until.get(code), told_at) for code, told_at in codes
    ]
