"""The commands for PostgreSQL at a window, which publishes; used by share_with_province only."""

import secrets
from collections.abc import Iterable
from urllib.parse import quote

from django.db import connection, connections, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from psycopg2 import sql

from core import walls
from core.window import ALIAS, BRINGER
from figures.models import SharedCounty
from figures.province.replication import SENT, Unfit, publication_of
from schools.models import County
from students.models import Student

FOLLOWER = "jiaqiao_hub"
CLUSTER = "SELECT system_identifier FROM pg_control_system()"


def open_window(code: str, name: str, *, was: str = "", new_address: bool = False) -> str:
    """Publish what is in the window. `was`: the name there, if the county has been renamed since.

    Return the address for the hub; "" if the hub has one and no new one is requested.
    """
    named_before = SharedCounty.objects.using(ALIAS).filter(pk=code, name=was)
    _check_window(named_before)
    named_before.update(name=name)
    there, _new = SharedCounty.objects.using(ALIAS).get_or_create(pk=code, defaults={"name": name})
    if there.name != name:
        raise Unfit(f"This code stands for {there.name} already.")
    password = secrets.token_urlsafe(24)
    with transaction.atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
        _publish(cursor, code)
        is_told = new_address or not _has_role(cursor, FOLLOWER)
        _ensure(cursor, FOLLOWER, password if is_told else None, "REPLICATION")
        cursor.execute(_READ.format(_names(SENT), sql.Identifier(FOLLOWER)))
        # The role that brings data there, used by the worker, needs no more than this.
        _ensure(cursor, BRINGER, walls.password_of(BRINGER))
        county, *rows = SENT
        cursor.execute(_READ.format(_names([county]), sql.Identifier(BRINGER)))
        cursor.execute(_ADD.format(_names(rows), sql.Identifier(BRINGER)))
    if not is_told:
        return ""
    told = connections[ALIAS].settings_dict
    host, port = quote(str(told["HOST"]), safe=""), told["PORT"] or 5432
    return f"postgres://{FOLLOWER}:{password}@{host}:{port}/{told['NAME']}"


_CREATE = "CREATE PUBLICATION {} FOR TABLE {} WITH (publish = 'insert')"
_READ = sql.SQL("GRANT SELECT ON {} TO {}")
_ADD = sql.SQL("GRANT SELECT, INSERT ON {} TO {}")
# Table → how a row identifies its county, without a cast: a key begins with the county's six digits.
_COUNTY_OF = {
    "figures_sharedcounty": "code = {code}",
    "figures_sharedweek": "county_id = {code}",
    "figures_sharedfigure": "week_id BETWEEN {first} AND {last}",
}


def _publish(cursor: CursorWrapper, code: str) -> None:
    """Publish only this county's rows, because several counties may share a window."""
    name = publication_of(code)
    ends = {
        "code": sql.Literal(code),
        "first": sql.Literal(f"{code:0<32}"),
        "last": sql.Literal(f"{code:f<32}"),
    }
    tables = sql.SQL(", ").join(
        sql.SQL("{} ({}) WHERE ({})").format(
            sql.Identifier(table), _names(SENT[table].split()), sql.SQL(which).format(**ends)
        )
        for table, which in _COUNTY_OF.items()
    )
    cursor.execute("SELECT 1 FROM pg_publication WHERE pubname = %s", [name])
    how = "ALTER PUBLICATION {} SET TABLE {}" if cursor.fetchone() else _CREATE
    cursor.execute(sql.SQL(how).format(sql.Identifier(name), tables))


def _has_role(cursor: CursorWrapper, name: str) -> bool:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
    return cursor.fetchone() is not None


def _ensure(cursor: CursorWrapper, name: str, password: str | None, may: str = "") -> None:
    """Make sure that the role exists, with this password unless it is to keep its own."""
    role = sql.Identifier(name)
    if not _has_role(cursor, name):
        cursor.execute(sql.SQL("CREATE ROLE {} LOGIN {}").format(role, sql.SQL(may)))
    if password:
        cursor.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(password)))


def _names(names: Iterable[str]) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _check_window(ours: QuerySet[SharedCounty]) -> None:
    """Refuse a server that must not be a window.

    That is the county's own server, one that cannot be followed, one whose database holds children, and one
    that belongs to another server. `ours`: a county there that is ours under a former name.
    """
    with connection.cursor() as here, connections[ALIAS].cursor() as its:
        here.execute(CLUSTER)
        its.execute(CLUSTER)
        if here.fetchone() == its.fetchone():
            raise Unfit(
                "The window must be a PostgreSQL server of its own, not a database beside the county's:"
                " whoever may follow a server may copy all of it."
            )
        its.execute("SHOW wal_level")
        if its.fetchone() != ("logical",):
            raise Unfit("The window's server needs wal_level = logical, and a restart.")
    if Student.objects.using(ALIAS).exists():
        raise Unfit(
            "The window's database holds children; it may hold nothing but what is published."
        )
    names_here = list(County.objects.values_list("name", flat=True))
    strangers = SharedCounty.objects.using(ALIAS).exclude(name__in=names_here)
    strangers = strangers.exclude(pk__in=list(ours.values_list("pk", flat=True)))
    if strangers.exists():  # otherwise their server would lose its password to this one
        names = ", ".join(strangers.values_list("name", flat=True))
        raise Unfit(
            f"This window belongs to another server, or to a county that was renamed (--was): {names}."
        )
