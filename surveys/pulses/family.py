"""The line on a carer's card: how are you yourself?"""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from guardians.family_lines import FamilyLine
from guardians.models import Adult
from surveys.pulses import policies, queries

ORDER = 55  # after what concerns the child


def family_lines(
    student_ids: Collection[int], adults: Sequence[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """Return one line for a carer who agreed and is due, however many children they care for."""
    on = timezone.localdate(at)
    tie = policies.tie_of_carer(adults, student_ids, on)
    if tie is None or not queries.is_due(tie.adult, on):
        return {}
    url = reverse("family_surveys:carer")
    line = FamilyLine(_("How are you yourself?"), url, "sun", button=_("Answer"), order=ORDER)
    return {tie.student_id: [line]}
