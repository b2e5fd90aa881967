"""Every check of what may have been changed in the database itself, in one look."""

from dataclasses import replace

from accounts import verifying
from accounts.verifying import Look
from core import clock
from counselling.cases import verifying as cases


def look() -> Look:
    """Raises accounts.anchors.AnchorTrouble, accounts.chain.NoAuditKey."""
    seen = verifying.look()
    return replace(seen, broken=(*seen.broken, *cases.broken(clock.now())))
