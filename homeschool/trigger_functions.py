"""The two functions that every history trigger calls, without the libraries' sub-transaction for each row.

pgtrigger and pghistory read a setting that is usually missing, and catch PostgreSQL's error. Each catch ends
a sub-transaction, and PostgreSQL then walks through all deferred checks that are waiting in the transaction:
the time of a statement grows with the square of its rows. Making 200,000 check-in plans in one statement took
more than ten minutes, nearly all of it for this. Reading a setting that may be missing (`current_setting(…,
true)`) needs no catch. The results are the same.

They are installed after each `migrate`, because a migration that adds a trigger brings the library's own
version.
"""

from typing import Any

from django.db import connections

# After a transaction that set it, a setting remains as an empty text.
FUNCTIONS = """
CREATE OR REPLACE FUNCTION "public"._pgtrigger_should_ignore(trigger_name NAME)
RETURNS BOOLEAN LANGUAGE plpgsql AS $$
BEGIN
    RETURN coalesce(
        trigger_name = ANY (nullif(current_setting('pgtrigger.ignore', true), '')::text[]), false
    );
END;
$$;

CREATE OR REPLACE FUNCTION _pgh_attach_context() RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    context uuid := nullif(current_setting('pghistory.context_id', true), '')::uuid;
    told jsonb := nullif(current_setting('pghistory.context_metadata', true), '')::jsonb;
BEGIN
    IF context IS NULL OR told IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO pghistory_context AS kept (id, metadata, created_at, updated_at)
        VALUES (context, told, now(), now())
        ON CONFLICT (id) DO UPDATE SET metadata = excluded.metadata, updated_at = excluded.updated_at
            WHERE kept.metadata <> excluded.metadata;
    RETURN context;
END;
$$;
"""


def install(using: str, **kwargs: Any) -> None:
    """Install the functions (receiver of `post_migrate`), also in a database whose triggers are older than
    they are.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(FUNCTIONS)
