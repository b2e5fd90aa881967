"""Access to ledger receipts.

Colleagues who answer families' requests see all of the school's; others who may make a ledger see their own.
Only its maker gets the file.
"""

from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404

from privacy.ledgers.actions import FILE_HOURS
from privacy.models import LedgerChild, LedgerFile, LedgerSent
from schools.policies import Viewer
from schools.roles import Permission
from students.policies import barred_ids


def ledgers_visible_to(viewer: Viewer) -> QuerySet[LedgerSent]:
    rows = LedgerSent.objects.filter(school=viewer.school)
    if viewer.can(Permission.ANSWER_DATA_REQUESTS):
        return rows
    return rows.filter(made_by=viewer.user)


def get_ledger_for(viewer: Viewer, pk: int) -> LedgerSent:
    """Return the receipt, or raise Http404 if the viewer may not see it."""
    sent = ledgers_visible_to(viewer).filter(pk=pk).first()
    if sent is None:
        raise Http404
    return sent


def files_open_to(viewer: Viewer) -> QuerySet[LedgerFile]:
    """Return files that the viewer made, within their hours, and without a child whose file has since been
    closed to the viewer.
    """
    since = viewer.at - timedelta(hours=FILE_HOURS)
    closed = LedgerChild.objects.filter(sent=OuterRef("sent"), student__in=barred_ids(viewer.user))
    files = LedgerFile.objects.filter(sent__school=viewer.school, sent__made_by=viewer.user)
    return files.filter(~Exists(closed), made_at__gte=since)


def get_file_for(viewer: Viewer, pk: int) -> LedgerFile:
    """Return the file, or raise Http404 if it is not open to the viewer."""
    file = files_open_to(viewer).filter(sent_id=pk).select_related("sent__school").first()
    if file is None:
        raise Http404
    return file
