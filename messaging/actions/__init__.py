"""Writes of messaging, by what they are about."""

from messaging.actions.adult_rhythms import choose_rhythm, pause_adult, set_adult_rhythm
from messaging.actions.answers import add_more, answer, undo
from messaging.actions.asking import ask_due_check_ins
from messaging.actions.codes import (
    queue_invitation_code,
    queue_new_number_code,
    queue_sign_in_code,
    queue_verification_code,
    use_code,
    verify_by_code,
)
from messaging.actions.devices import (
    end_device,
    end_sessions,
    forget_device,
    link_wechat,
    note_use,
    remember_device,
    unlink_wechat,
)
from messaging.actions.follow_ups import close_follow_up, put_off_follow_up, reopen_follow_up
from messaging.actions.incoming import take_in
from messaging.actions.invitations import (
    claim_slip,
    confirm_claim,
    invite_by_link,
    make_slips,
    revoke_slip,
    take_try,
    use_slip,
)
from messaging.actions.ladder import climb_ladders
from messaging.actions.ladder_settings import reset_ladder, set_ladder
from messaging.actions.media import fetch_media
from messaging.actions.notices import queue_due_notices
from messaging.actions.number_notices import queue_number_notices
from messaging.actions.occasions import bring_forward, mark_date, set_occasions, unmark_date
from messaging.actions.outbox import (
    call_off,
    queue_message,
    queue_messages,
    queue_sign_in_link,
    queue_test,
    resume_sending,
    stop_sending,
    use_sign_in_link,
)
from messaging.actions.plans import ensure_plans, resume_asking, set_rhythm
from messaging.actions.screens import hide_from_screens, show_on_screen
from messaging.actions.settling import settle_unknown, undo_settlement
from messaging.actions.staff_accounts import (
    queue_account_notices,
    queue_password_code,
    set_password_by_code,
)
from messaging.actions.taps import note_tap
from messaging.actions.troubles import watch
from messaging.actions.village import propose_village_visits
from messaging.actions.wecom import match_all_families, match_families

__all__ = [
    "add_more",
    "answer",
    "ask_due_check_ins",
    "bring_forward",
    "call_off",
    "choose_rhythm",
    "claim_slip",
    "climb_ladders",
    "close_follow_up",
    "confirm_claim",
    "end_device",
    "end_sessions",
    "ensure_plans",
    "fetch_media",
    "forget_device",
    "hide_from_screens",
    "invite_by_link",
    "link_wechat",
    "make_slips",
    "mark_date",
    "match_all_families",
    "match_families",
    "note_tap",
    "note_use",
    "pause_adult",
    "propose_village_visits",
    "put_off_follow_up",
    "queue_account_notices",
    "queue_due_notices",
    "queue_invitation_code",
    "queue_message",
    "queue_messages",
    "queue_new_number_code",
    "queue_number_notices",
    "queue_password_code",
    "queue_sign_in_code",
    "queue_sign_in_link",
    "queue_test",
    "queue_verification_code",
    "remember_device",
    "reopen_follow_up",
    "reset_ladder",
    "resume_asking",
    "resume_sending",
    "revoke_slip",
    "set_adult_rhythm",
    "set_ladder",
    "set_occasions",
    "set_password_by_code",
    "set_rhythm",
    "settle_unknown",
    "show_on_screen",
    "stop_sending",
    "take_in",
    "take_try",
    "undo",
    "undo_settlement",
    "unlink_wechat",
    "unmark_date",
    "use_code",
    "use_sign_in_link",
    "use_slip",
    "verify_by_code",
    "watch",
]
