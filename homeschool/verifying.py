"""Every check of what may have been changed in the database itself, in one look."""

from dataclasses import replace

from accounts import verifying
from accounts.verifying import Look
from core import clock
from counselling.cases import verifying as cases
from safeguarding.reports import verifying as reports
from schools import verifying as posts


def look() -> Look:
    """Raises accounts.anchors.AnchorTrouble, accounts.chain.NoAuditKey."""
    seen = verifying.look()
    found = (*seen.broken, *posts.broken(), *cases.broken(clock.now()), *reports.broken())
    return replace(seen, broken=found)
