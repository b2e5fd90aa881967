"""Find reports that somebody changed in the database itself, by comparing them with their sealed log.

`accounts.verifying` checks the log.
"""

from collections import Counter

from django.db.models import QuerySet

from accounts import chain
from safeguarding.models import Report, ReportEntry, Suspect
from safeguarding.reports import record

Kind = ReportEntry.Kind
REPORTS_AT_ONCE = 2000


def broken() -> list[str]:
    """Return a sentence for each report that does not fit its log, without names or text."""
    found = []
    for report in Report.objects.order_by("pk").iterator(REPORTS_AT_ONCE):
        written = _of_kind(report, Kind.WRITTEN).first()
        if written is None:
            found.append(f"Report {report.pk}: no log tells of it.")
        elif written.digest != record.digest_of(report):
            found.append(
                f"Report {report.pk}: it, or whom it names, was changed since it was written."
            )
        lifted = report.suspects.exclude(lifted_at=None, lifted_by=None, lift_reason="")
        told = _of_kind(report, Kind.LIFTED).values_list("digest", flat=True)
        if Counter(map(record.lifting_of, lifted)) != Counter(told):
            found.append(
                f"Report {report.pk}: what the database says was lifted is not what the log says."
            )
    gone = ReportEntry.objects.exclude(report__in=Report.objects.values("pk"))
    for pk in sorted(set(gone.values_list("report_id", flat=True))):
        found.append(f"Report {pk}: the log tells of it, and it is gone.")
    orphans = Suspect.objects.exclude(report__in=Report.objects.values("pk"))
    for pk in orphans.order_by("pk").values_list("pk", flat=True):
        found.append(f"Suspect {pk}: the report is gone.")
    return found


def _of_kind(report: Report, kind: str) -> QuerySet[ReportEntry]:
    return ReportEntry.objects.filter(report=report.pk, kind=kind).order_by("number")


def first_broken(report: Report) -> int | None:
    """Return the number, from 1, of the first entry whose seal does not fit the row before it.

    Return None if all fit, and 1 if the report is not what was written. It does not check whether the whole
    log is there.
    """
    entries = list(report.entries.order_by("number"))
    if not entries or entries[0].digest != record.digest_of(report):
        return 1
    numbers = [entry.number - 1 for entry in entries]
    of_chain = ReportEntry.objects.filter(chain=entries[0].chain, number__in=numbers)
    seals = dict(of_chain.values_list("number", "seal"))
    for place, entry in enumerate(entries, start=1):
        before = seals.get(entry.number - 1, None if entry.number > 1 else b"")
        if before is None or not chain.fits(entry, bytes(before)):
            return place
    return None
