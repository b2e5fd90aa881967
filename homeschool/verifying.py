"""Every check for changes made directly in the database, in one look."""

from dataclasses import replace

from accounts import verifying
from accounts.verifying import Look
from core import clock
from counselling.cases import verifying as cases
from safeguarding.reports import verifying as reports
from schools import verifying as posts


def look() -> Look:
    """Run all checks. Raises accounts.anchors.AnchorTrouble, accounts.chain.NoAuditKey."""
    seen = verifying.look()
    found = (*seen.broken, *posts.broken(), *cases.broken(clock.now()), *reports.broken())
    return replace(seen, broken=found)
