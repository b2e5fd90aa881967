"""A connection that persists between pages and is checked before each page uses it."""

import select
import time

from django.db.backends.postgresql import base

ASKED_EVERY = 5.0  # seconds


class DatabaseWrapper(base.DatabaseWrapper):
    _answered_at = float("-inf")

    def is_usable(self) -> bool:
        """Return whether the connection still works.

        Django runs `SELECT 1` each time. A server that ends a connection says so on its socket without being
        asked, so while nothing has arrived there, a connection that answered seconds ago still works.
        """
        now = time.monotonic()
        if now - self._answered_at < ASKED_EVERY and self._is_silent():
            return True
        is_usable = super().is_usable()
        if is_usable:
            self._answered_at = now
        return is_usable

    def _is_silent(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        looked_at = select.poll()
        looked_at.register(self.connection.fileno(), select.POLLIN)
        return not looked_at.poll(0)
