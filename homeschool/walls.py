"""Row-level security: the policies, and the roles to which they apply.

The owner of the database migrates, backs up and restores; no policy applies to it. The web server and the
workers sign in as roles that own nothing (`DATABASE_ROLES`): `<database>_web` sees rows of the schools that
core.walls names, `<database>_worker` those of every school, and `<database>_sender`, which communicates with
external servers, nothing except what messages are about. Their passwords are derived from SECRET_KEY, so
there is nothing to set up and nothing to store. `migrate` creates the roles and their rights.
"""

import hashlib
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from psycopg2 import sql

from core import walls, window
from core.walls import password_of

WEB, WORKER, SENDER = ROLES = ("web", "worker", "sender")
POLICY = "of_reached_schools"
# PostgreSQL evaluates this once for each table of a statement. The condition has the same text for everybody
# and no OR, so that PostgreSQL can use its indexes. all_schools() is separate: PostgreSQL inlines a function
# without a query into the statement, but it calls one that has a query, and the call costs more than the
# list.
REACHED = """
CREATE OR REPLACE FUNCTION public.all_schools() RETURNS bigint[] STABLE LANGUAGE sql AS $$
    SELECT array_agg(id) FROM public.schools_school
$$;
CREATE OR REPLACE FUNCTION public.reached_schools() RETURNS bigint[] STABLE LANGUAGE sql AS $$
    SELECT CASE current_setting('jiaqiao.schools', true)
        WHEN 'all' THEN public.all_schools()
        ELSE string_to_array(current_setting('jiaqiao.schools', true), ',')::bigint[]
    END
$$;
"""
# For the one question that must see every school's rows (safeguarding.policies.IsSuspected): it runs as the
# owner, and answers yes or no.
SUSPECTED = """
CREATE OR REPLACE FUNCTION public.is_suspected(account bigint) RETURNS boolean
    STABLE LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM safeguarding_suspect WHERE lifted_at IS NULL AND (
            user_id = account OR adult_id IN (SELECT id FROM guardians_adult WHERE user_id = account)
        )
    )
$$;
"""
# PostgreSQL tells a role nothing about other roles' sessions except that they exist. The counts may be known.
SESSIONS = """
CREATE OR REPLACE FUNCTION public.sessions_in_numbers(
    OUT open bigint, OUT in_transaction bigint, OUT waiting bigint, OUT oldest_seconds numeric
) STABLE LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*), count(*) FILTER (WHERE starts_with(state, 'idle in transaction')),
        count(*) FILTER (WHERE wait_event_type = 'Lock'),
        coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0)
    FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
$$;
"""
MAKE = """
ALTER TABLE public.{table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY {policy} ON public.{table} FOR {act} USING ({shown});
COMMENT ON POLICY {policy} ON public.{table} IS {digest}
"""
# Replaces the existing policy, so that nobody reads the table without one in the meantime.
CHANGE = """
ALTER TABLE public.{table} ENABLE ROW LEVEL SECURITY;
ALTER POLICY {policy} ON public.{table} USING ({shown});
COMMENT ON POLICY {policy} ON public.{table} IS {digest}
"""
# PostgreSQL stores a condition in its own wording, so the comment records what it was made from.
THERE = """
SELECT relname, polname, CASE WHEN relrowsecurity THEN obj_description(pg_policy.oid, 'pg_policy') END
FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid WHERE relnamespace = 'public'::regnamespace
"""
OF_SCHOOL = "{table}.school_id = ANY ((SELECT public.reached_schools())::bigint[])"
# A row that knows only its parent: one look-up of the parent, by its key.
OF_PARENT = (
    "EXISTS (SELECT FROM public.{parent} WHERE {parent}.{key} = {table}.{column} AND {shown})"
)
# Additional policies, only for reading. Somebody who is blocked at one school is blocked at every school that
# their account joins (guardians.queries): no school may miss it.
ADULTS, BLOCKED = "guardians_adult", "blocked_accounts"
SHOW_BLOCKED = "blocked_at IS NOT NULL AND user_id IS NOT NULL"
# The log of readers outlives the rows it points to (accounts.AccessRecord). A check of its chains also
# sees rows of schools that are gone; otherwise the check would report missing rows.
LOG, WHOLE_LOG = "accounts_accessrecord", "whole_log"
SHOW_LOG = "current_setting('jiaqiao.schools', true) = 'all'"
FOR_READING = {(ADULTS, BLOCKED): SHOW_BLOCKED, (LOG, WHOLE_LOG): SHOW_LOG}
DROP = """
DROP POLICY {policy} ON public.{table};
ALTER TABLE public.{table} DISABLE ROW LEVEL SECURITY
"""
# Tables without a policy although they say something about a person, or depend on a row that has one; and
# why.
OPEN = {
    "accounts_user": "an account is a person's own, above schools: each session begins with it",
    "accounts_user_groups": "of an account; nothing of ours asks for groups",
    "accounts_user_user_permissions": "of an account; nothing of ours asks for them",
    "accounts_credentialevent": "one sealed chain for all schools, about accounts",
    "accounts_chainhead": "ends of the sealed chains; the database itself moves them",
    "accounts_attemptcount": "counts of attempts at the doors, before anybody knows a school",
    "account_emailaddress": "of an account, at its own sign-in",
    "account_emailconfirmation": "of an account, at its own sign-in",
    "axes_accessattempt": "wrong passwords, with the names typed",
    "axes_accessattemptexpiration": "wrong passwords, with the names typed",
    "axes_accessfailurelog": "wrong passwords, with the names typed",
    "axes_accesslog": "sign-ins; empty, for ours are noted elsewhere",
    "calls_callfeed": "of an account: a calendar of all its schools",
    "counselling_poolmember": "who of a county's counsellors shares its queue; of several schools",
    "delivery_countyaccount": "a county's own, for all its schools; no child and no message is in it",
    "delivery_device": "of an account: the phones that are signed in",
    "delivery_onetimecode": "asked for at a door before anybody knows the school; ends in minutes",
    "delivery_providerhealth": "whether a provider answers; names nobody, written with each message",
    "delivery_seensignature": "digests of reports of providers; names nobody",
    "delivery_sendingswitch": "one row, of the whole server",
    "delivery_trouble": "without a school it is the whole server's; names nobody",
    "delivery_wechatlink": "of an account: the same at all its schools",
    "django_session": "read before anybody knows who asks",
    "figures_publishedfigure": "what a county reads; counts that hide small groups",
    "figures_publishedweek": "without a school it is the county's; counts that hide small groups",
    "learning_countypack": "a county's own, for all its schools; no child is in it",
    "learning_countyreading": "a county's own, for all its schools; no child is in it",
    "mfa_authenticator": "of an account, at its own sign-in",
    "pghistory_context": "which request changed something: an account and an address, no row",
    "privacy_erasure": "keys of files that are gone: they stay gone after a restore",
    "schools_countyday": "a county's calendar; who set a day",
    "schools_countyterm": "a county's calendar; who set a day",
    "schools_grade": "names nobody, and is read on nearly every page",
    "schools_passwordreset": "of an account, which may stand at several schools; the county agrees",
    "schools_post": "who stands where: from it follows which schools a member of staff reaches",
    "schools_postoffer": "offered to somebody who does not stand at the school yet; the county agrees",
    "schools_putoff": "of an account: what it wants to see later",
    "schools_term": "names nobody, and is read on nearly every page",
    "schools_wave": "a county's plan of when its schools begin; who set a day",
    "socialaccount_socialaccount": "of an account; empty, for nobody signs in so",
    "socialaccount_socialtoken": "of an account; empty, for nobody signs in so",
}


def guarded_tables() -> set[str]:
    """Return tables whose rows belong to one school each, or depend on a row that does.

    The history of a table is treated like the table.
    """
    return {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if is_guarded(model)
    }


def is_guarded(model: type[Model]) -> bool:
    table = model._meta.db_table
    if not model._meta.managed or not OPEN.keys().isdisjoint({table, table.removesuffix("event")}):
        return False
    return has_school(model) or parent_of(model) is not None


def has_school(model: type[Model]) -> bool:
    return any(field.attname == "school_id" for field in model._meta.concrete_fields)


def parent_of(model: type[Model]) -> Any:
    """Return the key that links a row without a school to a row whose school is known."""
    for field in model._meta.concrete_fields:
        related: Any = field.related_model
        is_own = not field.null and not field.name.startswith("pgh_")
        if is_own and related and related is not model and is_guarded(related):
            return field
    return None


def install(using: str, **kwargs: Any) -> None:
    """Install a policy for each table that should have one (receiver of `post_migrate`)."""
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        # In a partly migrated database, a table may still be missing.
        cursor.execute("SET LOCAL check_function_bodies = off")
        cursor.execute(REACHED + SUSPECTED + SESSIONS)
    # One at a time: the version that is still running waits for one table, and the two never wait for each
    # other.
    for _table, change in to_change(connection):
        with transaction.atomic(using=using), connection.cursor() as cursor:
            cursor.execute(change)


def to_change(connection: BaseDatabaseWrapper) -> list[tuple[str, sql.Composed]]:
    """Return tables whose policy is wrong, each with the statement that corrects it.

    A policy is missing, off or different from what the models require, or the table should have none. Empty
    after `migrate`; a `migrate` that was killed leaves some.
    """
    with connection.cursor() as cursor:
        cursor.execute(THERE)
        there = {(table, name): digest for table, name, digest in cursor.fetchall()}
        tables = set(connection.introspection.table_names(cursor))
        wanted = {
            key: shown.as_string(cursor.cursor)
            for key, shown in wanted_policies().items()
            if key[0] in tables
        }
    changes = []
    for (table, name), shown in sorted(wanted.items()):
        if there.get((table, name)) != digest_of(shown):
            how = CHANGE if (table, name) in there else MAKE
            policy = sql.SQL(how).format(
                table=sql.Identifier(table),
                policy=sql.Identifier(name),
                act=sql.SQL("ALL" if name == POLICY else "SELECT"),
                shown=sql.SQL(shown),
                digest=sql.Literal(digest_of(shown)),
            )
            changes.append((table, policy))
    gone = {table for table, name in there if name == POLICY} - {table for table, _name in wanted}
    return changes + [(table, no_policy_of(table)) for table in sorted(gone)]


def wanted_policies() -> dict[tuple[str, str], sql.Composable]:
    """Return (table, name) → the condition on the rows that the policy shows."""
    models = [one for one in apps.get_models(include_auto_created=True) if is_guarded(one)]
    found: dict[tuple[str, str], sql.Composable] = {
        (model._meta.db_table, POLICY): _shown(model) for model in models
    }
    return found | {key: sql.SQL(text) for key, text in FOR_READING.items()}


def digest_of(condition: str) -> str:
    return hashlib.sha256(condition.encode()).hexdigest()


def no_policy_of(table: str) -> sql.Composed:
    named = {"table": sql.Identifier(table), "policy": sql.Identifier(POLICY)}
    return sql.SQL(DROP).format(**named)


def _shown(model: type[Model]) -> sql.Composed:
    table = sql.Identifier(model._meta.db_table)
    if has_school(model):
        return sql.SQL(OF_SCHOOL).format(table=table)
    field = parent_of(model)
    return sql.SQL(OF_PARENT).format(
        table=table,
        column=sql.Identifier(field.column),
        parent=sql.Identifier(field.related_model._meta.db_table),
        key=sql.Identifier(field.target_field.column),
        shown=_shown(field.related_model),
    )


# What a role may do: nothing by which it could own, create or grant anything; it may only read the migrations
# table. What it is not (superuser, …) need not be stated, and only a superuser may state it.
ROLE = "{} LOGIN PASSWORD {}"
GRANTS = """
GRANT CONNECT ON DATABASE {database} TO {role};
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role};
REVOKE INSERT, UPDATE, DELETE ON public.django_migrations FROM {role}
"""
REVOKE = "REVOKE ALL ON public.{table} FROM {role}"

# Tables that no message is about, by the beginning of their name: the sender neither reads nor writes them. A
# package that answers for a kind of message (MESSAGE_KINDS) is read while its messages are sent, and so are a
# round's answers if one is urgent. In the tests, every drain and every look for concerns runs under this
# role.
KEPT_FROM_SENDER = (
    "account_",
    "api_",
    "axes_",
    "counselling_",
    "delivery_countyaccount",
    "delivery_leftout",
    "django_session",
    "figures_",
    "mfa_",
    "privacy_ledger",
    "rosters_",
    "socialaccount_",
    "surveys_past",
    "surveys_study",
    "transfers_arrival",
    "uploads_uploadcontent",
)


def role_name(database: BaseDatabaseWrapper, kind: str) -> str:
    return f"{database.settings_dict['NAME']}_{kind}"


def ensure_roles(database: BaseDatabaseWrapper) -> None:
    """Create the roles, or update their passwords and their rights on new tables."""
    with transaction.atomic(using=database.alias), database.cursor() as cursor:
        for kind in ROLES:
            name = role_name(database, kind)
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
            how = "ALTER ROLE {}" if cursor.fetchone() else "CREATE ROLE {}"
            role, password = sql.Identifier(name), sql.Literal(password_of(kind))
            cursor.execute(sql.SQL(ROLE.replace("{}", how, 1)).format(role, password))
            named = sql.Identifier(database.settings_dict["NAME"])
            cursor.execute(sql.SQL(GRANTS).format(database=named, role=role))
            if kind == SENDER:
                tables = database.introspection.table_names(cursor)
                for one in tables:
                    if one.startswith(KEPT_FROM_SENDER):
                        named = sql.Identifier(one)
                        cursor.execute(sql.SQL(REVOKE).format(table=named, role=role))


def stand_behind(kind: str) -> None:
    """Apply a role to every connection that this process opens from now on."""
    if kind != WEB:
        walls.work_for_every_school()
    if kind != WORKER and window.is_there():
        del connections.settings[window.ALIAS]  # neither pages nor messages need it
    if not settings.DATABASE_ROLES:
        return
    for alias in connections:
        told = connections.settings[alias]
        if alias == window.ALIAS:  # a separate server, with a separate role (share_with_province)
            told["USER"], told["PASSWORD"] = window.BRINGER, password_of(window.BRINGER)
        else:
            told["USER"], told["PASSWORD"] = f"{told['NAME']}_{kind}", password_of(kind)
