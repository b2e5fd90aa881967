"""Parts of a test's own transaction that are taken back."""

from django.db import transaction


def undone() -> transaction.Atomic:
    """Inside it, what must be a transaction by itself (accounts.tries) counts as one, as in every test."""
    part = transaction.atomic()
    part._from_testcase = True
    return part
