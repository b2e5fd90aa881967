"""Acts on a concern that also affect its case and the shared queue.

Safeguarding does the act itself; this module adds the rest in the same transaction. Acts that affect nothing
else are in safeguarding.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from counselling.cases.actions import go_on_together
from counselling.pool import ends as pool_ends
from safeguarding import actions
from safeguarding.levels import triage
from safeguarding.models import Concern, ConcernEntry


@transaction.atomic
def close(*, concern: Concern, by: User, at: datetime, **facts: Any) -> Concern:
    """Close the concern as safeguarding.actions.close does, and take it out of the shared queue."""
    concern = actions.close(concern=concern, by=by, at=at, **facts)
    pool_ends.end_waiting(concern, at)
    return concern


@transaction.atomic
def set_level(*, concern: Concern, by: User, at: datetime, **facts: Any) -> Concern:
    """Set the level as triage.set_level does.

    What waits in the shared queue becomes late no later than the level says.
    """
    concern = triage.set_level(concern=concern, by=by, at=at, **facts)
    pool_ends.hurry(concern, at)
    return concern


@transaction.atomic
def join(*, concern: Concern, into: Concern, by: User, at: datetime) -> Concern:
    """Join the concerns as triage.join does.

    What waits in the shared queue then waits for `into`, and a case continues with both.
    """
    into = triage.join(concern=concern, into=into, by=by, at=at)
    go_on_together(concern, into)
    if pool_ends.move_waiting(concern, into, at):
        actions.append(into, ConcernEntry.Kind.QUEUED, at, by=by)
    return into
