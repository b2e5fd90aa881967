"""The functions with which other packages change delivery's data."""

from delivery.actions.codes import (
    queue_invitation_code,
    queue_new_number_code,
    queue_sign_in_code,
    queue_verification_code,
    use_code,
    verify_by_code,
)
from delivery.actions.county_notices import queue_county_notices
from delivery.actions.devices import (
    carry_wechat,
    end_device,
    end_sessions,
    forget_device,
    link_wechat,
    note_use,
    remember_device,
    unlink_wechat,
)
from delivery.actions.incoming import take_in
from delivery.actions.invitations import (
    claim_slip,
    confirm_claim,
    invite_by_link,
    make_slips,
    revoke_slip,
    take_try,
    use_slip,
)
from delivery.actions.media import fetch_media
from delivery.actions.number_notices import queue_number_notices
from delivery.actions.outbox import (
    call_off,
    call_off_notices,
    drop_unsent,
    queue_message,
    queue_messages,
    queue_notices,
    queue_sign_in_link,
    queue_test,
    resume_sending,
    room_notice,
    stop_sending,
    use_sign_in_link,
)
from delivery.actions.screens import hide_from_screens, show_on_screen
from delivery.actions.settling import settle_unknown, undo_settlement
from delivery.actions.staff_accounts import (
    queue_account_notices,
    queue_password_code,
    set_password_by_code,
)
from delivery.actions.taps import note_tap
from delivery.actions.troubles import watch
from delivery.actions.wecom import match_all_families, match_families

__all__ = [
    "call_off",
    "call_off_notices",
    "carry_wechat",
    "claim_slip",
    "confirm_claim",
    "drop_unsent",
    "end_device",
    "end_sessions",
    "fetch_media",
    "forget_device",
    "hide_from_screens",
    "invite_by_link",
    "link_wechat",
    "make_slips",
    "match_all_families",
    "match_families",
    "note_tap",
    "note_use",
    "queue_account_notices",
    "queue_county_notices",
    "queue_invitation_code",
    "queue_message",
    "queue_messages",
    "queue_new_number_code",
    "queue_notices",
    "queue_number_notices",
    "queue_password_code",
    "queue_sign_in_code",
    "queue_sign_in_link",
    "queue_test",
    "queue_verification_code",
    "remember_device",
    "resume_sending",
    "revoke_slip",
    "room_notice",
    "set_password_by_code",
    "settle_unknown",
    "show_on_screen",
    "stop_sending",
    "take_in",
    "take_try",
    "undo_settlement",
    "unlink_wechat",
    "use_code",
    "use_sign_in_link",
    "use_slip",
    "verify_by_code",
    "watch",
]
