"""Who sees a receipt: whoever answers families' requests sees those of the school, everybody else who may
make a ledger their own. The file is its maker's alone.
"""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.http import Http404

from privacy.ledgers.actions import FILE_HOURS
from privacy.models import LedgerFile, LedgerSent
from schools.policies import Viewer
from schools.roles import Permission


def ledgers_visible_to(viewer: Viewer) -> QuerySet[LedgerSent]:
    rows = LedgerSent.objects.filter(school=viewer.school)
    if viewer.can(Permission.ANSWER_DATA_REQUESTS):
        return rows
    return rows.filter(made_by=viewer.user)


def get_ledger_for(viewer: Viewer, pk: int) -> LedgerSent:
    """Raise Http404 for a stranger."""
    sent = ledgers_visible_to(viewer).filter(pk=pk).first()
    if sent is None:
        raise Http404
    return sent


def get_file_for(viewer: Viewer, pk: int, at: datetime) -> LedgerFile:
    """Raise Http404 for everybody but the maker, and for them once its hours are over."""
    since = at - timedelta(hours=FILE_HOURS)
    files = LedgerFile.objects.filter(sent__school=viewer.school, sent__made_by=viewer.user)
    file = files.filter(sent_id=pk, made_at__gte=since).select_related("sent__school").first()
    if file is None:
        raise Http404
    return file
