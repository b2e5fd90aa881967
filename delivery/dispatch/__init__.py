"""Sends messages: claim → check again → send → record; and rescues those that a dead worker held.

Nothing is lost: a row leaves `due` only under a lease, and the rescue takes over a lease that has ended.
Nothing is sent twice: a worker marks the row, then sends outside any transaction, with the same key for every
try. If nobody knows whether a request arrived, we look it up or show it to a person.
"""

from delivery.dispatch.draining import Limits, drain
from delivery.dispatch.rescue import expire_late, rescue

__all__ = ["Limits", "drain", "expire_late", "rescue"]
