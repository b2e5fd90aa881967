"""Acts that take something back and whose downstream effect another test holds already: file and test."""

HELD_ELSEWHERE = {
    "api.tokens.actions.revoke": (
        "api/test_tokens.py",
        "test_ended_it_opens_nothing_and_says_who_ended_it",
    ),
    "api.agreements.actions.take_back": (
        "api/test_agreements.py",
        "test_a_counsellor_agrees_on_the_page_and_takes_it_back",
    ),
    "classroom.leave.actions.reopen_blocked": (
        "classroom/test_leave.py",
        "test_the_days_ahead_are_no_longer_excused",
    ),
    "accounts.rate_limits.give_back": (
        "accounts/test_rate_limits.py",
        "test_what_was_right_is_given_back_and_what_was_wrong_stays",
    ),
    "counselling.cases.actions.reopen": (
        "counselling/test_cases.py",
        "test_a_case_ticks_the_steps_it_took_since_it_was_opened_again",
    ),
    "counselling.received.actions.withdraw": (
        "counselling/test_received.py",
        "test_taken_back_nothing_of_it_can_be_read_there",
    ),
    "counselling.pool.actions.give_back": (
        "counselling/pool/test_ends.py",
        "test_however_a_guest_ends_somebody_at_the_school_hears_of_it",
    ),
    "counselling.pool.actions.stop_offering": (
        "counselling/pool/test_accepting.py",
        "test_a_counsellor_takes_no_more_than_they_said",
    ),
    "counselling.pool.actions.take_back": (
        "counselling/pool/test_ends.py",
        "test_access_ends_with_the_case_by_the_school_and_by_a_hand_over",
    ),
    "delivery.channels.costs.take_back": (
        "delivery/test_voice.py",
        "test_what_a_gateway_may_answer",
    ),
    "delivery.actions.devices.unlink_wechat": (
        "doors/test_wechat.py",
        "test_signing_out_everywhere_unlinks_it",
    ),
    "delivery.actions.invitations.revoke_slip": (
        "doors/test_accounts.py",
        "test_over_is_over",
    ),
    "delivery.actions.outbox.resume_sending": (
        "delivery/test_dispatch.py",
        "test_the_switch_stops_families_but_no_alert",
    ),
    "delivery.actions.settling.undo_settlement": (
        "delivery/test_operation.py",
        "test_undone_in_time_nothing_goes",
    ),
    "privacy.retention.actions.lift": (
        "doors/test_retention.py",
        "test_a_hold_ends_when_somebody_lifts_it",
    ),
    "guardians.actions.retract_contact": (
        "dashboards/test_dashboard.py",
        "test_a_retracted_talk_and_another_school_do_not_count",
    ),
    "guardians.clock.actions.reopen_denial": (
        "guardians/test_clock.py",
        "test_they_did_not_talk_withdraws_the_word_and_keeps_the_reason",
    ),
    "guardians.clock.actions.retract_sent": (
        "guardians/test_clock.py",
        "test_the_school_writes_down_a_gift_once_and_takes_it_back",
    ),
    "guardians.duplicates.merging.undo": (
        "guardians/test_merging.py",
        "test_undone_it_is_as_it_was_byte_for_byte",
    ),
    "learning.actions.take_back": (
        "learning/test_sending.py",
        "test_taken_back_nothing_more_leaves",
    ),
    "learning.county.actions.take_back": (
        "learning/test_county.py",
        "test_who_relied_on_it_sends_no_more_and_what_was_sent_says_so",
    ),
    "learning.curriculum.actions.reopen": (
        "learning/test_curriculum.py",
        "test_not_held_has_a_reason_and_is_taken_back",
    ),
    "learning.curriculum.actions.take_off": (
        "learning/test_curriculum.py",
        "test_taken_off",
    ),
    "messaging.actions.follow_ups.reopen_where_stayed": (
        "messaging/test_leavers.py",
        "test_a_leaving_taken_back_within_a_month_opens_the_task_again",
    ),
    "notices.actions.answering.withdraw": (
        "notices/test_answering.py",
        "test_what_staff_wrote_down_is_taken_back_and_a_family_s_own_word_is_not",
    ),
    "notices.actions.drafts.take_back": (
        "notices/test_sending.py",
        "test_it_may_be_taken_back_until_it_leaves",
    ),
    "postcards.actions.take_back": (
        "postcards/test_actions.py",
        "test_the_voice_is_deleted",
    ),
    "privacy.requests.withdraw": (
        "privacy/test_requests.py",
        "test_answered_and_withdrawn_ones_leave_today",
    ),
    "rosters.rollover.undoing.undo": (
        "rosters/test_rollover.py",
        "test_everything_is_as_before",
    ),
    "schools.appointing.actions.reopen_post": (
        "rosters/test_rollover.py",
        "test_everything_is_as_before",
    ),
    "schools.appointing.actions.take_back_post": (
        "rosters/test_rollover.py",
        "test_everything_is_as_before",
    ),
    "rosters.tasks.resume_imports": (
        "rosters/test_pages.py",
        "test_a_worker_killed_midway_leaves_nothing_and_another_finishes",
    ),
    "rosters.undoing.undo_import": (
        "rosters/test_import.py",
        "test_undoing_restores_every_row",
    ),
    "threads.actions.calls.reopen_call_back": (
        "threads/test_writing.py",
        "test_call_me_back_is_one_open_task",
    ),
    "threads.actions.ownership.reopen": (
        "threads/test_writing.py",
        "test_undo_of_done_knows_who_waited",
    ),
    "threads.actions.incoming.put_back": (
        "threads/test_incoming.py",
        "test_assigned_and_taken_back_it_never_was_there",
    ),
    "surveys.past.actions.take_back": (
        "surveys/test_past.py",
        "test_taken_back_within_24_hours_nothing_is_left",
    ),
}
# Of these only the one who does them sees anything: which phrases a teacher is offered.
SEEN_BY_NOBODY_ELSE = {"threads.actions.own.restore_phrase"}
