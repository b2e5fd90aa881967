"""The county's window: a small PostgreSQL server of its own (DATABASE_WINDOW_URL) that holds what the county
has published, and nothing else. The province's hub follows it. A role that may follow a PostgreSQL server
may copy all of it, so nobody outside ever follows the server that holds children.
"""

from django.db import connections

ALIAS = "window"
BRINGER = "jiaqiao_bringer"  # the window's role that may add rows, for the process that brings them


def is_there() -> bool:
    """Whether this server has one."""
    return ALIAS in connections.settings
