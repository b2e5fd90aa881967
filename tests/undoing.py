"""Parts of a test's own transaction that are taken back."""

from django.db import transaction


def undone() -> transaction.Atomic:
    """Inside it, what must be a transaction by itself (accounts.rate_limits) counts as one, as elsewhere."""
    part = transaction.atomic()
    part._from_testcase = True
    return part
