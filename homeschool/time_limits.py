"""Limits on how long pages and tasks wait for PostgreSQL.

A lock that is never released, or a runaway query, would block one thread after another until no page answers.
Commands that somebody types (migrate, backup, restore) have no such limit, because that person is watching.
"""

from dataclasses import dataclass

from django.db import connections


@dataclass(frozen=True)
class TimeLimits:
    """Limits in seconds. `idle` is how long an open transaction may do nothing.

    `by_index`: never scan a whole table if an index finds the rows.
    """

    statement: int
    lock: int
    idle: int
    by_index: bool = False

    def as_options(self) -> str:
        return (
            f"-c statement_timeout={self.statement}s -c lock_timeout={self.lock}s"
            f" -c idle_in_transaction_session_timeout={self.idle}s"
            + (" -c enable_seqscan=off" if self.by_index else "")
        )


# A page's own process is ended after 60 s (gunicorn.conf.py); people have given up long before. Plans of
# pages are kept (core.prepared). A plan made while a table was empty would read the whole table until the
# next ANALYZE, a minute later: in that minute a school may answer its first survey.
PAGES = TimeLimits(statement=30, lock=10, idle=60, by_index=True)
# The nightly look at a county's children takes some minutes; a roster is imported in one transaction.
TASKS = TimeLimits(statement=300, lock=30, idle=300)


def keep_to(limits: TimeLimits) -> None:
    """Apply the limits to every connection that this process opens from now on."""
    for alias in connections:
        options = connections.settings[alias]["OPTIONS"]
        options["options"] = f"{options.get('options', '')} {limits.as_options()}"
