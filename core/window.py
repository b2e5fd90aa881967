"""The county's window: a small PostgreSQL server of its own (DATABASE_WINDOW_URL) that holds what the county
has published and nothing else.

The province's hub follows it. A role that can follow a PostgreSQL server can copy all of it, so nobody
outside ever follows the server that holds children.
"""

from django.db import connections

ALIAS = "window"
# The window's role that may add rows, for the process that copies them there.
BRINGER = "jiaqiao_bringer"


def is_there() -> bool:
    """Return whether this server has a window."""
    return ALIAS in connections.settings
