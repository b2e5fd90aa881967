"""Messages that the school has answered a family's request about its data."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_noop

from privacy.models import DataRequest
from schools.notices import DueMessage

WORDS = gettext_noop("The school has answered what you asked.")
WORTH_SENDING_DAYS = 7  # days; afterwards the answer only stands on the child's page

State = DataRequest.State


def answers_due(at: datetime) -> list[DueMessage]:
    """One message for each answer of a person; copies and withdrawals are no answers. Who has had the
    whole file deleted is not written to: there is no number left.
    """
    rows = DataRequest.objects.filter(
        answered_at__gt=at - timedelta(days=WORTH_SENDING_DAYS),
        answered_at__lte=at,
        answered_by__isnull=False,
        student__isnull=False,
        state__in=[State.DONE, State.REFUSED],
    )
    return [
        DueMessage(
            key=f"data-request:{row.pk}",
            school_id=row.school_id,
            adult_id=row.adult_id,
            words=WORDS,
            path=f"/f/children/{row.student_id}/",
            due_at=row.answered_at,
            expires_at=row.answered_at + timedelta(days=WORTH_SENDING_DAYS),
            student_id=row.student_id,
        )
        for row in rows.order_by("pk")
        if row.answered_at
    ]
