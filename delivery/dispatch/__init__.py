"""How a message leaves: claim → look once more → send → record; and rescue after a dead worker.

Nothing is lost: a row leaves `due` only under a lease, and a lease that ends is rescued.
Nothing goes twice: requests happen outside any transaction, marked beforehand, under one key for all
tries; where nobody can say whether a request arrived, it is looked up or shown to a person.
"""

from delivery.dispatch.draining import Limits, drain
from delivery.dispatch.rescue import expire_late, rescue

__all__ = ["Limits", "drain", "expire_late", "rescue"]
