"""Acts on a concern that reach further than the concern: into its case and the shared queue.

Safeguarding does what the act says; what stands above it follows here, in the same transaction. Acts that
reach no further are safeguarding's own.
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
    """As safeguarding.actions.close; nobody takes it from the shared queue any more."""
    concern = actions.close(concern=concern, by=by, at=at, **facts)
    pool_ends.end_waiting(concern, at)
    return concern


@transaction.atomic
def set_level(*, concern: Concern, by: User, at: datetime, **facts: Any) -> Concern:
    """As triage.set_level; what waits in the shared queue is late no later than the level says."""
    concern = triage.set_level(concern=concern, by=by, at=at, **facts)
    pool_ends.hurry(concern, at)
    return concern


@transaction.atomic
def join(*, concern: Concern, into: Concern, by: User, at: datetime) -> Concern:
    """As triage.join; what waits in the shared queue waits for `into`, and a case goes on with both."""
    into = triage.join(concern=concern, into=into, by=by, at=at)
    go_on_together(concern, into)
    if pool_ends.move_waiting(concern, into, at):
        actions.append(into, ConcernEntry.Kind.QUEUED, at, by=by)
    return into
