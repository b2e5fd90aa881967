"""The functions with which other packages read delivery's data."""

from delivery.queries.invitations import (
    adults_sent_a_link,
    can_write_to,
    claim_work,
    claims_for,
    find_slip,
    is_open,
    open_slips,
)
from delivery.queries.operation import (
    Outbox,
    held_up_schools,
    lately_restored,
    outbox_of,
    provider_health,
    recent_settlements,
    unknown_messages,
    waits_after_restore,
)
from delivery.queries.screens import has_screen, may_be_offered_screen, push_account_for
from delivery.queries.sending import (
    UNSENT_DAYS,
    has_phone_page,
    kinds_in_use,
    means_in_use,
    refused_lately,
    schools_with_test,
    schools_without_channel,
    sending_is_stopped,
    silent_schools,
    stopped_alerts,
)
from delivery.queries.silence import FACTS, silences
from delivery.queries.troubles import Seen, troubles_now

__all__ = [
    "FACTS",
    "UNSENT_DAYS",
    "Outbox",
    "Seen",
    "adults_sent_a_link",
    "can_write_to",
    "claim_work",
    "claims_for",
    "find_slip",
    "has_phone_page",
    "has_screen",
    "held_up_schools",
    "is_open",
    "kinds_in_use",
    "lately_restored",
    "may_be_offered_screen",
    "means_in_use",
    "open_slips",
    "outbox_of",
    "provider_health",
    "push_account_for",
    "recent_settlements",
    "refused_lately",
    "schools_with_test",
    "schools_without_channel",
    "sending_is_stopped",
    "silences",
    "silent_schools",
    "stopped_alerts",
    "troubles_now",
    "unknown_messages",
    "waits_after_restore",
]
