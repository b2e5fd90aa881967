"""Every URL × every kind of person. A URL that is missing from TABLE fails.

Each is asked with GET and with an empty POST. `A`: let in (whatever the page then says of the empty
form or the method); `4`: a stranger, 404 (410 for a link that is over); `L`, `F`, `P`: sent to
sign in as staff, family, pupil; `V`: at the village door.
"""

import copy
from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter
from django.utils import timezone

from schools.models import School
from students.policies import PICTURES_AT
from surveys.models import Seat
from surveys.policies import SEAT, SEAT_UNTIL
from tests.access.objects import make_objects
from tests.factories.cast import Cast, make_cast
from tests.factories.factors import give_factor
from tests.factories.kept_cast import kept_cast
from tests.undoing import undone

ROLES = (
    "anonymous",
    "mother",  # own guardian
    "other_mother",
    "blocked_father",
    "pupil",
    "other_pupil",
    "teacher",  # own class
    "next_teacher",
    "counsellor",
    "principal",
    "admin",
    "ended",
    "far_teacher",
    "village",
    "county",
    "county_admin",
    "superuser",
)
EVERY_POST = "teacher next_teacher counsellor principal admin far_teacher village county county_admin".split()
OWN_FILE = "teacher counsellor principal admin".split()


def staff(allowed: str) -> dict[str, str]:
    """Only these members of staff; anyone who is not signed in is asked to."""
    row = dict.fromkeys(ROLES, "4") | {"anonymous": "L", "pupil": "L", "other_pupil": "L"}
    return row | dict.fromkeys(allowed.split(), "A")


def family(allowed: str) -> dict[str, str]:
    row = dict.fromkeys(ROLES, "4") | {"anonymous": "F", "pupil": "F", "other_pupil": "F"}
    return row | dict.fromkeys(allowed.split(), "A")


def village(allowed: str) -> dict[str, str]:
    row = staff(allowed)
    return {role: "V" if letter == "L" else letter for role, letter in row.items()}


EVERYONE = dict.fromkeys(ROLES, "A")
SIGNED_IN = EVERYONE | {"anonymous": "L", "pupil": "L", "other_pupil": "L"}
OWN_CODES = staff(" ".join([*EVERY_POST, "ended"]))  # all who have some
PUPILS = dict.fromkeys(ROLES, "P") | {"pupil": "A", "other_pupil": "A"}
# Only the child whose seat it is; everybody else is asked for a number.
SEATED = dict.fromkeys(ROLES, "S") | {"pupil": "A"}
COUNSELLOR = staff("counsellor")
VILLAGE = village("village")
ALL_STAFF = staff(" ".join(EVERY_POST))
FILE = staff("teacher counsellor principal admin")
FILE_EDIT = staff("teacher admin")
BLOCKING = staff("counsellor principal")
CONCERN = staff("teacher counsellor principal")
# A principal once it has climbed to them (safeguarding.policies).
HANDLED = staff("teacher counsellor")
OBSERVING = staff("teacher next_teacher counsellor principal far_teacher")
EDITORS = staff("teacher next_teacher admin far_teacher")
CHILDREN = staff("teacher next_teacher counsellor principal admin far_teacher")
CHECK_INS = CHILDREN
RECORDING = staff("teacher next_teacher counsellor principal far_teacher")
STOPPING = staff("principal admin")
DASHBOARD = staff("counsellor principal admin")
ADMIN = staff("admin")
SECOND = staff("principal county_admin")
# All who are or were of the staff.
OWN_ACCOUNT = staff(" ".join([*EVERY_POST, "ended"]))

# A case is its owner's alone: no principal, no administrator, no superuser.
CASE_PAGES = [
    f"counselling:case{page}"
    for page in (
        "",
        "_write",
        "_draft",
        "_move",
        "_reopen",
        "_session",
        "_session_settle",
        "_task",
        "_task_settle",
        "_file_add",
        "_file",
        "_hand_over",
        "_let_in",
        "_shut_out",
        "_teachers",
    )
]

TABLE: dict[str, dict[str, str]] = {
    "staff:signed_in": ALL_STAFF,
    "staff:held": ALL_STAFF,
    "staff:today": ALL_STAFF,
    "staff:first_day_seen": ALL_STAFF,
    "staff:today_count": ALL_STAFF,
    "staff:calendar": ALL_STAFF,
    "staff:calendar_file": EVERYONE,  # the address itself is the secret
    "staff:later": FILE,
    "staff:take_up": FILE,
    "staff:children": CHILDREN,
    "staff:slips": staff("teacher next_teacher admin far_teacher"),
    "staff:new_slip": FILE_EDIT,
    "staff:start": STOPPING,
    "staff:search": CHILDREN,
    "staff:account": OWN_ACCOUNT,
    "staff:answer_offer": staff("far_teacher"),
    "staff:stop_reset": staff("teacher"),
    "staff:child": FILE,
    "staff:readers": FILE,
    "students:file_section": FILE_EDIT,
    "students:file_history": FILE,
    "students:file_class": FILE_EDIT,
    "students:file_class_history": FILE,
    "students:file_leave": FILE_EDIT,
    "students:file_stay": FILE_EDIT,
    # Of a child of this school: whoever hands files over; of one that comes: the same, and who hears first.
    "transfers:prepare": STOPPING,
    "transfers:transfer": STOPPING,
    "transfers:word": STOPPING,
    "transfers:child_word": staff("teacher counsellor admin"),
    "transfers:end": STOPPING,
    "transfers:accept": STOPPING,
    "transfers:decline": STOPPING,
    "transfers:print": STOPPING,
    "transfers:paper": STOPPING,
    "transfers:received": STOPPING,
    "transfers:call_back": STOPPING,
    "transfers:called": BLOCKING,
    "transfers:protection": BLOCKING,
    "transfers:confirm": BLOCKING,
    "family_transfers:transfer": family("mother"),
    "staff:papers": CHILDREN,
    "staff:papers_file": CHILDREN,
    "staff:papers_print": CHILDREN,
    "staff:papers_ledger": EDITORS,
    "staff:ledgers": staff("teacher next_teacher principal admin far_teacher"),
    "staff:ledger_file": staff("admin"),
    "staff:ledger_arrived": staff("principal admin"),
    "staff:entry_sheet": EDITORS,
    "staff:to_ask": EDITORS,
    "staff:whereabouts": EDITORS,
    "guardians:family_carer": FILE_EDIT,
    "guardians:family_carer_history": FILE,
    "guardians:family_add": FILE_EDIT,
    "guardians:family_talked": FILE,
    "guardians:family_untalked": FILE,
    "guardians:family_adult": FILE,
    "guardians:family_where": FILE_EDIT,
    "guardians:family_where_history": FILE,
    "guardians:family_details": FILE_EDIT,
    "guardians:family_standing": FILE_EDIT,
    "guardians:family_history": FILE,
    "guardians:family_way_add": FILE_EDIT,
    "guardians:family_way": FILE_EDIT,
    "guardians:family_way_works": FILE_EDIT,
    "guardians:family_way_remove": FILE_EDIT,
    "guardians:family_way_history": FILE,
    "guardians:family": FILE,
    "guardians:family_barred": BLOCKING,
    "guardians:family_barred_lift": BLOCKING,
    "guardians:family_change": FILE_EDIT,
    "guardians:family_entrust": FILE_EDIT,
    "guardians:family_entrusted": FILE,
    "guardians:family_entrust_edit": FILE_EDIT,
    "guardians:family_entrusted_settle": FILE_EDIT,
    "guardians:family_notice": FILE,
    "guardians:family_nearby": FILE,
    "guardians:family_nearby_add": FILE_EDIT,
    "guardians:family_nearby_note": FILE_EDIT,
    "guardians:family_nearby_paper": FILE,
    "nights:start": staff("teacher counsellor principal"),
    "nights:night": staff("teacher counsellor principal"),
    "nights:off": staff("teacher counsellor principal"),
    "nights:seen": staff("teacher counsellor principal"),
    "nights:tonight": staff("teacher next_teacher counsellor principal admin far_teacher"),
    "nights:switch": staff("teacher next_teacher principal admin far_teacher"),
    "nights:rule": staff("principal admin"),
    "nights:switch_off": staff("teacher principal admin"),
    "family_nights:child": family("mother"),
    "family_nights:agree": family("mother"),
    "family_nights:question": EVERYONE,
    "guardians:family_alone": FILE_EDIT,
    "guardians:family_alone_ended": FILE_EDIT,
    "guardians:family_tie": FILE_EDIT,
    "guardians:family_tie_end": FILE_EDIT,
    "guardians:family_order": FILE_EDIT,
    "guardians:family_tie_history": FILE,
    "guardians:family_changed": FILE_EDIT,
    "guardians:duplicates": EDITORS,
    "guardians:merge_adults": EDITORS,
    "guardians:tell_apart": EDITORS,
    "guardians:undo_merge": FILE_EDIT,
    "guardians:family_block": BLOCKING,
    "guardians:family_unblock": BLOCKING,
    "staff:switch_school": staff("teacher next_teacher counsellor principal admin village"),
    "staff:switch_county": staff("county"),
    "counselling:list": staff("teacher next_teacher counsellor principal far_teacher"),
    "counselling:detail": HANDLED,
    "counselling:acknowledge": HANDLED,
    "counselling:close": HANDLED,
    "counselling:hand_over": HANDLED,
    "counselling:reopen": HANDLED,
    "counselling:new": CONCERN,
    "surveys:list": staff("teacher next_teacher counsellor principal far_teacher admin"),
    "surveys:instruments": COUNSELLOR,
    "surveys:instrument": COUNSELLOR,
    "surveys:export": COUNSELLOR,
    "surveys:new": COUNSELLOR,
    "surveys:files": COUNSELLOR,
    "surveys:file": COUNSELLOR,
    "surveys:round": COUNSELLOR,
    "surveys:answers": COUNSELLOR,
    "surveys:own_list": staff("counsellor admin"),
    "surveys:own": staff("counsellor admin"),
    "surveys:own_preview": staff("counsellor admin"),
    "surveys:close": COUNSELLOR,
    "surveys:remind": COUNSELLOR,
    "surveys:open_planned": COUNSELLOR,
    "surveys:drop_planned": COUNSELLOR,
    "surveys:figures": staff("counsellor principal"),
    "surveys:lesson": staff("teacher counsellor"),
    "surveys:end_lesson": staff("teacher counsellor"),
    "surveys:child": COUNSELLOR,
    "surveys:to_do": COUNSELLOR,
    "surveys:looked": COUNSELLOR,
    "surveys:done": staff("teacher"),
    "surveys:form": staff("teacher counsellor"),
    "surveys:pulses": COUNSELLOR,
    "surveys:over_time": COUNSELLOR,
    "surveys:talked": staff("teacher"),
    "surveys:studies": COUNSELLOR,
    "surveys:study_new": COUNSELLOR,
    "surveys:study": COUNSELLOR,
    "surveys:study_end": COUNSELLOR,
    "family_surveys:study": family("mother"),
    "surveys:past_list": COUNSELLOR,
    "surveys:past": COUNSELLOR,
    "surveys:past_columns": COUNSELLOR,
    "surveys:past_keep": COUNSELLOR,
    "surveys:past_take_back": COUNSELLOR,
    "surveys:past_counts": COUNSELLOR,
    "family_surveys:carer": family("mother other_mother"),
    "family_surveys:carer_done": family("mother other_mother"),
    "family_surveys:link": EVERYONE,  # anyone who holds the link, as with a check-in
    "family_surveys:hear": dict.fromkeys(ROLES, "4"),  # of an edition that there is not
    "seat:enter": EVERYONE,
    "seat:leave": EVERYONE,
    "seat:done": EVERYONE,
    "seat:ready": dict.fromkeys(ROLES, "S"),  # only where an adult typed the lesson's number
    "seat:question": SEATED,
    "seat:pause": SEATED,
    "seat:talk": SEATED,
    "counselling:level": HANDLED,
    "counselling:join": HANDLED,
    "counselling:part": HANDLED,
    "counselling:levels": BLOCKING,
    "safeguarding:voice": HANDLED,
    "safeguarding:report_new": FILE,
    "safeguarding:reports": CHILDREN,
    "safeguarding:report": CONCERN,
    "safeguarding:report_add": CONCERN,
    "safeguarding:report_lift": BLOCKING,
    "safeguarding:guide": FILE,
    "counselling:case_agree": staff("principal"),
    "safeguarding:flags": BLOCKING,
    "safeguarding:flag_settle": BLOCKING,
    "safeguarding:flag_rules": BLOCKING,
    "counselling:take_up": staff("counsellor"),
    "counselling:caseload": staff("teacher next_teacher counsellor principal far_teacher"),
    **dict.fromkeys(CASE_PAGES, staff("counsellor")),
    "counselling:case_emergency": staff("counsellor principal"),
    **dict.fromkeys(
        ["counselling:plan", "counselling:plan_state", "counselling:plan_measure"], COUNSELLOR
    ),
    "counselling:plan_print": COUNSELLOR,
    # Whom the owner let in, here the principal; never the owner alone.
    "counselling:plan_agree": staff("principal"),
    "counselling:measure_done": staff("teacher"),
    "counselling:referral_list": staff("teacher next_teacher counsellor principal far_teacher"),
    **dict.fromkeys(
        [f"counselling:referral{page}" for page in ("", "_new", "_in", "_move", "_letter")],
        COUNSELLOR,
    ),
    "counselling:places": COUNSELLOR,
    # A letter from another school: to the counsellors here; not to its sender, nor to anybody else.
    "counselling:received": COUNSELLOR,
    "counselling:received_answer": COUNSELLOR,
    "counselling:case_take_over": staff("counsellor principal"),
    "counselling:pool": BLOCKING,
    "counselling:hand_on": COUNSELLOR,
    "counselling:brief": COUNSELLOR,
    "counselling:case_give_back": COUNSELLOR,
    "counselling:case_report": COUNSELLOR,
    "dashboards:school": DASHBOARD,
    "dashboards:figures": DASHBOARD,
    "dashboards:trend_picture": DASHBOARD,
    "dashboards:weekly": DASHBOARD,
    "dashboards:since": DASHBOARD,
    "dashboards:county_since": staff("county"),
    "dashboards:county": staff("county"),
    "dashboards:county_figure": staff("county"),
    "dashboards:county_figures": staff("county"),
    "dashboards:county_school": staff("county"),
    # On a province's hub alone; who may there: tests/dashboards/test_province.py.
    "province:counties": staff(""),
    "province:county": staff(""),
    "province:figures": staff(""),
    "province:since": staff(""),
    "province:school": staff(""),
    # What a county sets up: its officers alone, also not the second person of other things.
    "county:set_up": staff("county"),
    "founding:school": staff("county"),
    "founding:administrator": staff("county"),
    "founding:officer": staff("county"),
    "founding:end_officer": staff("county"),
    "founding:offer": staff("county"),
    "founding:agree": staff("county"),
    "founding:withdraw": staff("county"),
    "founding:slip": staff("county"),
    "founding:calendar": staff("county"),
    "founding:calendar_of": staff("county"),
    "founding:set_terms": staff("county"),
    "founding:set_days": staff("county"),
    "founding:days_off": staff("county"),
    "founding:rollout": staff("county"),
    "founding:rollout_place": staff("county"),
    "founding:rollout_add": staff("county"),
    "founding:rollout_change": staff("county"),
    "founding:rollout_remove": staff("county"),
    "county_accounts:accounts": staff("county"),
    "county_accounts:new": staff("county"),
    "county_accounts:account": staff("county"),
    "county_accounts:agree": staff("county"),
    "county_accounts:end": staff("county"),
    "county_accounts:renew_hook": staff("county"),
    "county_accounts:leave_out": staff("county"),
    "county_accounts:test": staff("county"),
    "county_accounts:test_result": staff("county"),  # the officer who sent it
    "schools:settings": ADMIN,
    "schools:classes": ADMIN,
    "schools:class_days": STOPPING,
    "schools:calendar": ADMIN,
    "schools:open_year": ADMIN,
    "schools:term_of_county": ADMIN,
    "schools:term": ADMIN,
    "schools:add_day": ADMIN,
    "schools:remove_day": ADMIN,
    "schools:add_period": ADMIN,
    "schools:remove_period": ADMIN,
    "schools:staff": ADMIN,
    "schools:add_post": ADMIN,
    "staff:end_post": ADMIN,
    "staff:moved_work": ADMIN,
    "schools:reach": ADMIN,
    "schools:invitation": ADMIN,
    "schools:offer": ADMIN,
    "schools:new_password": STOPPING,
    "schools:agreeing": SECOND,
    "schools:agree_offer": staff("principal"),
    "schools:agree_reset": staff("principal"),
    "schools:duty": STOPPING,
    "schools:duty_put": STOPPING,
    "schools:duty_copy": STOPPING,
    "schools:duty_hours": STOPPING,
    "schools:duty_turn": STOPPING,
    "schools:duty_give": STOPPING,
    "schools:duty_swap": STOPPING,
    "schools:duty_off": STOPPING,
    "messaging:board": CHECK_INS,
    "messaging:stop": STOPPING,
    "messaging:resume": STOPPING,
    "messaging:ladder": STOPPING,
    "messaging:ladder_default": STOPPING,
    "messaging:occasions": STOPPING,
    "messaging:add_exam": STOPPING,
    "messaging:next": CHECK_INS,
    "messaging:plan": FILE,
    "messaging:resume_plan": FILE,
    "messaging:adult_rhythm": FILE,
    "messaging:mark_date": FILE,
    "messaging:unmark_date": FILE,
    "messaging:follow_up": FILE,
    "messaging:call_sheet": CHECK_INS,
    "messaging:call_sheet_print": CHECK_INS,
    "messaging:put_off": FILE,
    "messaging:follow_up_undo": FILE,
    # The class teacher is asked by colleagues, and alone says that it is done.
    "messaging:remind": staff("counsellor principal admin"),
    "messaging:reminder_done": staff("teacher"),
    "messaging:reminder_undo": staff("teacher"),
    "delivery:demo_phone": staff("teacher next_teacher counsellor principal admin"),
    "delivery:demo_call": staff("teacher next_teacher counsellor principal admin"),
    "delivery:demo_call_voice": staff("teacher next_teacher counsellor principal admin"),
    "delivery:channels": ADMIN,
    "delivery:operation": STOPPING,
    "delivery:settle": STOPPING,
    "delivery:unsettle": STOPPING,
    "delivery:new_channel": ADMIN,
    "delivery:channel": ADMIN,
    "delivery:move_channel": ADMIN,
    "delivery:switch_channel": ADMIN,
    "delivery:match_families": ADMIN,
    "delivery:channel_test": ADMIN,
    "delivery:renew_hook": ADMIN,
    "delivery:test_result": ADMIN,
    "staff:contact_calendar": FILE,
    "guardians:family_sent": FILE,
    "guardians:family_unsent": FILE,
    "guardians:clock_ask": FILE,
    "guardians:clock_ask_undo": FILE,
    "calls:day": CHECK_INS,
    "calls:suggest": CHECK_INS,
    "calls:book": CHECK_INS,
    "calls:mark": FILE,
    "calls:undo": FILE,
    "calls:cancel": FILE,
    "calls:wish": FILE,
    "calls:settings": ADMIN,
    "calls:add_place": ADMIN,
    "calls:place": ADMIN,
    "calls:home": FILE,
    "calls:switch_place": ADMIN,
    "calls:add_period": ADMIN,
    "calls:remove_period": ADMIN,
    "calls:things_asked": staff("teacher"),
    "family_calls:book": family("mother"),
    "family_calls:home": family(""),  # a carer's own page: no account of this cast is one
    "family_calls:done": family("mother"),
    "family_calls:confirm": family("mother"),
    "family_calls:ring": family("mother"),
    "family_calls:cancel": family("mother"),
    "family_calls:none_fits": family("mother"),
    "family_calls:mood": family("mother"),
    "family_calls:talked": family("mother"),
    "family_calls:talked_undo": family("mother"),
    "family_calls:sent": family("mother"),
    "family_calls:calendar": family("mother"),
    "family_calls:things": family("mother"),
    "family_calls:things_photo": family("mother"),
    "reunions:board": CHECK_INS,
    "reunions:plan": FILE,
    "reunions:outcome": FILE,
    "reunions:told": FILE,
    "reunions:watch": FILE,
    "reunions:answer": FILE,
    "reunions:seasons": ADMIN,
    "reunions:season": ADMIN,
    "reunions:new_season": ADMIN,
    "reunions:pages": ADMIN,
    "reunions:page": ADMIN,
    "family_reunions:home": family("mother"),
    "family_reunions:plan": family("mother"),
    "family_reunions:told": family("mother"),
    "family_reunions:topics": family("mother"),
    "family_reunions:topic": family("mother"),
    "rosters:list": ADMIN,
    "rosters:upload": ADMIN,
    "rosters:civil_list": ADMIN,
    "rosters:civil_list_delete": ADMIN,
    "rosters:template": ADMIN,
    "rosters:oneroster": ADMIN,
    "rosters:preview": ADMIN,
    "rosters:columns": ADMIN,
    "rosters:decide": ADMIN,
    "rosters:fix_all": ADMIN,
    "rosters:make_classes": ADMIN,
    "rosters:start": ADMIN,
    "rosters:progress": ADMIN,
    "rosters:result": ADMIN,
    "rosters:result_file": ADMIN,
    "rosters:undo": ADMIN,
    "rosters:discard": ADMIN,
    "rosters:new_year": ADMIN,
    "staff:new_year_check": ADMIN,
    "rosters:new_year_discard": ADMIN,
    "rosters:new_year_class": ADMIN,
    "rosters:new_year_done": ADMIN,
    "rosters:new_year_undo": ADMIN,
    "family:home": family("mother other_mother"),
    "family:requests": family("mother other_mother"),
    "family:answer_request": family("mother"),
    "family:request_photo": family("mother"),
    "family:leave": family("mother"),
    "family:leave_withdraw": family("mother"),
    "family:leave_say": family("mother"),
    "family:leave_photo": family("mother"),
    "family:agreed": family("mother other_mother"),
    "family:agreed_tick": family("mother"),
    "family:child": family("mother"),
    "family:child_readers": family("mother"),
    "family:data_copy": family("mother"),
    "family:data_correct": family("mother"),
    "family:data_delete": family("mother"),
    "family:data_withdraw": family("mother"),
    "staff:invitations": staff("teacher next_teacher admin far_teacher"),
    "staff:revoke_invitation": FILE_EDIT,
    "staff:claim": FILE_EDIT,
    "staff:family_invite": FILE_EDIT,
    "staff:family_revoke": FILE_EDIT,
    "delivery:verify_way": FILE_EDIT,
    # Anyone who sees the file sees what was agreed; only who edits it writes a word down.
    "privacy:consents": FILE | {"counsellor": "A4", "principal": "A4"},
    "privacy:ask": FILE_EDIT,
    # Who looks after safeguarding at the child's school, and sees the child.
    # A principal where no counsellor may (privacy.policies.can_override).
    "privacy:override_village": staff("counsellor"),
    "privacy:end_override": staff("counsellor"),
    "staff:sentences": EDITORS,
    "staff:record_sentence": EDITORS,
    # Of the own school alone.
    "staff:sentence_voice": staff("teacher next_teacher admin"),
    "staff:remove_sentence": staff("teacher next_teacher admin"),
    "hooks:sentence": EVERYONE,  # the signed address; the sentence names nobody
    "privacy:spoken": EDITORS,
    "privacy:read_aloud": EDITORS,
    "privacy:remove_spoken": EDITORS,
    # A recording of the own school alone.
    "privacy:listen": staff("teacher next_teacher admin"),
    "privacy:requests": staff("counsellor principal admin"),
    "privacy:request": staff("counsellor principal admin"),
    "staff:erase_child": staff("principal admin"),
    "staff:filing": staff("principal admin"),
    "staff:filing_file": staff("principal admin"),
    "staff:filing_confirm": staff("principal"),
    "staff:retention": staff("principal admin"),
    "staff:retention_hold": staff("principal admin"),
    "staff:retention_lift": staff("principal admin"),
    "family:me": family("mother other_mother"),
    "family:held": family("mother other_mother"),
    "family:calendar": family("mother other_mother"),
    "family:calendar_file": EVERYONE,  # the address itself is the secret
    "family:details": family("mother other_mother"),
    "family:stop": family("mother other_mother"),
    "family:start": family("mother other_mother"),
    "family:questions": family("mother other_mother"),
    "family:language": family("mother other_mother"),
    "family:devices": family("mother other_mother"),
    "family:end_device": family("mother"),
    "family:end_all": family("mother other_mother"),
    "family:verify_way": family("mother"),
    "family:screen": family("mother other_mother"),
    "family:screen_off": family("mother other_mother"),
    "family:unlink_wechat": family("mother other_mother"),
    "family_privacy:consents": family("mother other_mother"),
    "family_privacy:consent": family("mother"),
    "family_privacy:own_consent": family("mother other_mother"),
    "family_privacy:receipt": family("mother"),
    "family_privacy:hear": family("mother other_mother"),
    "family:sign_in_code": EVERYONE,
    "family:who": EVERYONE,
    "family:wechat_unknown": EVERYONE,
    "family:type_invitation": EVERYONE,
    "family:invitation": EVERYONE,  # names nobody before a phone is proved
    "weixin_login": dict.fromkeys(ROLES, "4"),  # not set up here
    "weixin_callback": dict.fromkeys(ROLES, "4"),
    "family:sign_in": EVERYONE,
    "family:sign_out": EVERYONE,
    "family:use_link": EVERYONE,
    "family:renew": EVERYONE,
    "family:view": EVERYONE,
    "hooks:county_report": EVERYONE,  # likewise
    "hooks:report": EVERYONE,  # the address itself is the secret; the sink's account takes no reports
    "check_in:cut_off": dict.fromkeys(ROLES, "4"),
    "check_in:trial": EVERYONE,
    "check_in:open": EVERYONE,
    "check_in:more": EVERYONE,
    "check_in:undo": EVERYONE,
    "check_in:done": EVERYONE,
    "check_in:tapped": EVERYONE,
    "check_in:not_me": EVERYONE,
    "check_in:renew": EVERYONE,
    "pupil:home": PUPILS,
    "pupil:sign_in": EVERYONE,
    "pupil:sign_out": EVERYONE,
    "pupil:want_to_talk": PUPILS,
    "pupil:want_to_talk_done": PUPILS,
    "pupil:stay": PUPILS,
    "pupil:call_mood": PUPILS,
    "pupil:things": PUPILS,
    "pupil:things_photo": PUPILS | {"other_pupil": "4"},
    "pupil:things_felt": PUPILS,  # of the own alone: another child's is answered like one that is gone
    "pupil:week": PUPILS,
    "pupil:file": PUPILS,
    "pupil:week_done": PUPILS,
    "pupil:week_agree": PUPILS,
    "pupil:talked": PUPILS,
    "pupil:talked_undo": PUPILS,
    "pupil:postcards": PUPILS,
    "pupil:postcard": PUPILS,
    "pupil:postcard_sent": PUPILS,  # another child's is answered like one that is gone
    "pupil:postcard_back": PUPILS,
    "pupil:postcard_voice": PUPILS | {"other_pupil": "4"},
    "pupil:postcard_heard": PUPILS | {"other_pupil": "4"},
    "family_postcards:every_child": family("mother other_mother"),
    "family_postcards:list": family("mother"),
    "family_postcards:answer": family("mother"),
    "family_postcards:card": family("mother"),
    "family_postcards:voice": family("mother"),
    "family_postcards:heard": family("mother"),
    "family_threads:list": family("mother other_mother"),
    "family_threads:new": family("mother other_mother"),
    "family_threads:thread": family("mother"),
    "family_threads:file": family("mother"),
    "family_notices:list": family("mother other_mother"),
    "family_notices:notice": family("mother"),
    "family_notices:file": family("mother"),
    "family_classroom:news_link": EVERYONE,
    "family_classroom:week_link": EVERYONE,
    "family_classroom:week": family("mother"),
    "family_classroom:pictures": family("mother"),
    "family_classroom:picture": family("mother"),
    "family_notices:link": EVERYONE,  # anyone who holds the link, as with a check-in
    "family_notices:link_file": EVERYONE,
    "meetings:list": CHECK_INS,
    "meetings:new": CHECK_INS,
    "meetings:experts": CHECK_INS,
    "meetings:expert_add": staff("principal admin"),
    "meetings:expert_check": staff("principal admin"),
    "meetings:expert_end": staff("principal admin"),
    "meetings:meeting": FILE,  # who leads it, and the class teachers of whom it concerns
    "meetings:answer": FILE,
    "meetings:door": FILE,
    "meetings:sheet": FILE,
    "meetings:move": FILE,
    "meetings:call_off": FILE,
    "meetings:minutes": FILE,
    "meetings:photo_add": FILE,
    "meetings:photo": FILE,
    "meetings:photo_delete": FILE,
    "family_meetings:photo": family("mother"),
    "family_meetings:list": family("mother other_mother"),
    "family_meetings:meeting": family("mother"),
    "family_meetings:ics": family("mother"),
    "family_meetings:door": family("mother"),
    "family_meetings:link": EVERYONE,
    "family_meetings:link_ics": EVERYONE,
    "learning:list": CHECK_INS,
    "learning:lesson": CHECK_INS,
    "learning:group_sheet": staff("teacher next_teacher counsellor principal admin"),  # likewise
    "learning:poster": staff("teacher next_teacher counsellor principal admin"),  # where it is out
    "learning:card": staff("teacher next_teacher counsellor principal admin"),  # likewise
    "learning:send": staff("teacher next_teacher counsellor principal"),
    "learning:let_out": BLOCKING,
    "learning:take_back": BLOCKING,
    "learning:plan": BLOCKING,
    "learning:packs": BLOCKING,
    "learning:pack": BLOCKING,
    "learning:pack_take": BLOCKING,
    "learning:pack_drop": BLOCKING,
    "learning:pack_export": BLOCKING,
    "learning:from_library": BLOCKING,
    "learning:write": BLOCKING,
    "learning:rewrite": BLOCKING,
    "learning:library": staff("county"),
    "learning:library_remove": staff("county"),
    "learning:library_pack": staff("county"),
    "learning:county_lessons": staff("county"),
    "learning:county_lesson": staff("county"),
    "learning:county_let_out": staff("county"),
    "learning:county_take_back": staff("county"),
    "learning:keep_voice": BLOCKING,
    "learning:voice": staff("teacher next_teacher counsellor principal admin"),
    "learning:remove_voice": BLOCKING,
    "learning:teacher_sheet": staff("teacher next_teacher counsellor principal admin"),
    "learning:handout": staff("teacher next_teacher counsellor principal admin"),
    "learning:curriculum": CHECK_INS,
    "learning:plan_week": BLOCKING,
    "learning:take_off": BLOCKING,
    "learning:planned": staff("teacher counsellor principal admin"),
    "learning:held": CONCERN,
    "learning:not_held": CONCERN,
    "learning:reopen": CONCERN,
    "learning:came_up": CONCERN,
    "learning:trainings": CHECK_INS,
    "learning:staff_plan": staff("principal admin"),
    "learning:certificate": staff("teacher principal admin"),  # one's own, or of the whole staff
    "learning:training_remove": staff("teacher admin"),
    "learning:review": BLOCKING,
    "family_learning:list": family("mother other_mother"),
    "family_learning:lesson": family("mother other_mother"),  # what their school lets out
    "family_learning:link": EVERYONE,
    "family_learning:voice": family("mother other_mother"),
    "family_learning:link_voice": EVERYONE,
    "notices:list": CHECK_INS,
    "notices:texts": staff("principal admin"),
    "notices:text_end": staff("principal admin"),
    "notices:new": staff("teacher next_teacher principal admin far_teacher"),
    "notices:edit": staff("teacher"),
    "notices:preview": staff("teacher"),
    "notices:send": staff("teacher"),
    "notices:take_back": staff("teacher principal admin"),
    "notices:discard": staff("teacher"),
    "notices:file": staff("teacher principal admin"),
    "notices:board": staff("teacher principal admin"),
    "notices:again": staff("teacher principal admin"),
    "notices:recall": staff("teacher principal admin"),
    "notices:paper": staff("teacher principal admin"),
    "notices:told": staff("teacher principal admin"),
    "notices:withdraw": staff("teacher principal admin"),
    "threads:inbox": CHECK_INS,
    "threads:new": FILE,
    "threads:thread": CONCERN,  # the one who has it not in hand is asked for a reason
    "threads:read": CONCERN,
    "threads:hand_over": CONCERN,
    "threads:say": staff("teacher"),
    "threads:reply": staff("teacher"),
    "threads:done": staff("teacher"),
    "threads:again": staff("teacher"),
    "threads:people": staff("teacher"),
    "threads:file": staff("teacher"),
    "threads:call_back": staff("teacher"),
    "threads:call_back_undo": staff("teacher"),
    "threads:tray": CHECK_INS,
    "threads:assign": staff("counsellor principal admin"),
    "threads:dismiss": staff("counsellor principal admin"),
    "threads:back": staff("counsellor principal admin"),
    "threads:tray_file": staff("counsellor principal admin"),
    "threads:own": CHECK_INS,
    "threads:hours": CHECK_INS,
    "threads:add_phrase": CHECK_INS,
    "threads:retire_phrase": staff("teacher"),
    "threads:restore_phrase": staff("teacher"),
    "classroom:praise": OBSERVING,
    "classroom:pick": OBSERVING,
    "classroom:observe": CONCERN,
    "classroom:whom": CONCERN,
    "classroom:note": staff("teacher") | dict.fromkeys(["counsellor", "principal"], "A4"),
    "classroom:retract": staff("teacher"),
    "classroom:restore": staff("teacher"),
    "classroom:attachment": CONCERN,
    "classroom:letter": CONCERN,
    "classroom:letter_page": CONCERN,
    "classroom:letter_send": CONCERN,
    "classroom:requests": OBSERVING,
    "classroom:request_new": CONCERN,
    "classroom:request": CONCERN,
    "classroom:request_photo": CONCERN,
    "classroom:request_close": CONCERN,
    "classroom:request_reopen": CONCERN,
    # Read by anyone who observes the class, written by its teachers alone.
    "classroom:weeks": OBSERVING | dict.fromkeys(["counsellor", "principal"], "A4"),
    "classroom:week": staff("teacher") | dict.fromkeys(["counsellor", "principal"], "A4"),
    **dict.fromkeys(
        ["classroom:week_picture", "classroom:week_send", "classroom:week_take_back"],
        staff("teacher"),
    ),
    "classroom:note_picture": staff("teacher"),
    "classroom:picture": CONCERN,
    "classroom:picture_remove": staff("teacher"),
    "classroom:leave": CONCERN,
    "classroom:leave_agree": CONCERN,
    "classroom:leave_decline": CONCERN,
    "classroom:leave_called": CONCERN,
    "classroom:leave_take_back": CONCERN,
    "classroom:leave_photo": CONCERN,
    "classroom:homework": OBSERVING,
    "classroom:help": CONCERN,
    "classroom:help_end": CONCERN,
    "classroom:attendance": OBSERVING,
    "classroom:reason": CONCERN,
    "classroom:attendance_import": OBSERVING,
    "classroom:attendance_template": OBSERVING,
    "visits:list": RECORDING,
    "visits:plan": RECORDING,
    "visits:sheet": RECORDING,
    "visits:ask": CONCERN,
    "visits:visit": CONCERN,
    "visits:record": CONCERN,
    "visits:move": CONCERN,
    "visits:put_off": CONCERN,
    "visits:call_off": CONCERN,
    "visits:keep_agreement": CONCERN,
    "visits:calls": RECORDING,
    "visits:call_outcome": CONCERN,
    "visits:put_off_call": CONCERN,
    "visits:call": CONCERN,
    "visits:log_call": CONCERN,
    "visits:duties": RECORDING,
    "visits:special_care": RECORDING,
    "visits:meeting": staff("teacher"),
    "village:sign_in": EVERYONE,
    "village:held": VILLAGE,
    "village:list": VILLAGE,
    "village:visit": VILLAGE,
    "village:worry": VILLAGE,
    "village:report": VILLAGE,
    "village:agreed": VILLAGE,
    "village:night": VILLAGE,
    "service_worker": EVERYONE,
    "family_worker": EVERYONE,
    "seat_worker": EVERYONE,
    "offline_page": EVERYONE,
    "family:aloud": dict.fromkeys(ROLES, "4"),  # of no page
    "family:aloud_voice": dict.fromkeys(ROLES, "4"),
    "family:hear": dict.fromkeys(ROLES, "4"),  # of a sentence that is none
    "family_offline_page": EVERYONE,
    "offline_state": EVERYONE,
    "healthz": EVERYONE,
    "icon": EVERYONE,
    "metrics": dict.fromkeys(ROLES, "4"),  # a token of its own; tests/homeschool/test_metrics.py
    "set_language": EVERYONE,
    "api:docs": EVERYONE,
    "api:schema": EVERYONE,
    "api:tokens": ADMIN,
    "api:token_new": ADMIN,
    "api:token_end": ADMIN,
    "api:webhook": ADMIN,
    "api:webhook_edit": ADMIN,
    "api:webhook_secret": ADMIN,
    "api:webhook_stop": ADMIN,
    "api:webhook_test": ADMIN,
    "api:webhook_again": ADMIN,
    "api:agreements": staff("counsellor principal"),
    "api:agree": staff("counsellor principal"),
    "api:agreement_end": staff("counsellor principal"),
    "account_login": EVERYONE,
    "account_logout": EVERYONE,
    "account_inactive": EVERYONE,
    "account_signup": EVERYONE,
    "account_reset_password": EVERYONE,
    "account_reset_code": EVERYONE,
    "passwords:slip": dict.fromkeys(ROLES, "4"),  # of an address that is over
    "passwords:reset": dict.fromkeys(ROLES, "4"),
    "account_email_verification_sent": dict.fromkeys(ROLES, "4"),  # allauth's, closed here
    "account_reauthenticate": SIGNED_IN,
    "account_email": dict.fromkeys(ROLES, "4"),
    "account_change_password": SIGNED_IN,
    "account_set_password": dict.fromkeys(ROLES, "4"),
    "second_step": SIGNED_IN,
    "second_step_remove": COUNSELLOR,  # their own, and nobody takes away another's
    "mfa_index": SIGNED_IN,
    "mfa_authenticate": EVERYONE,
    "mfa_login_webauthn": EVERYONE,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_reauthenticate_webauthn": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_view_recovery_codes": OWN_CODES,
    "mfa_generate_recovery_codes": OWN_CODES,
}


def url_patterns(resolver: URLResolver, space: str = "", taken: dict | None = None) -> dict:
    """{name with its namespace: {name of an argument in its address: its converter}}."""
    found = {}
    for entry in resolver.url_patterns:
        wanted = {**(taken or {}), **entry.pattern.converters}
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            found |= url_patterns(entry, inner, wanted)
        elif entry.name:
            found[space + entry.name] = wanted
    return found


PATTERNS = url_patterns(get_resolver())


def test_every_url_stands_in_the_table():
    """Or in that of the API, where tokens are asked for, not people."""
    from tests.api.matrix import API

    assert set(PATTERNS) == set(TABLE) | set(API), set(PATTERNS) ^ (set(TABLE) | set(API))
    assert not set(TABLE) & set(API)


def test_every_url_has_a_name():
    def nameless(resolver):
        for entry in resolver.url_patterns:
            if isinstance(entry, URLResolver):
                yield from nameless(entry)
            elif not entry.name:
                yield str(entry.pattern)

    assert list(nameless(get_resolver())) == []


def cast_with_second_steps() -> Cast:
    cast = make_cast()
    # The demo phone is for these only.
    School.objects.filter(pk=cast.school.pk).update(is_demo=True)
    # Who is refused without one: tests/attacks/test_second_factor.py.
    for role in EVERY_POST:
        give_factor(cast.users[role])
    return cast


@pytest.fixture
def cast(db) -> Cast:
    return kept_cast(cast_with_second_steps)


def visitor(cast: Cast, role: str) -> Client:
    client = Client()
    if role in ("pupil", "other_pupil"):
        session = client.session
        child = cast.students["mengyao" if role == "pupil" else "haitao"]
        session["pupil_id"] = child.pk
        session["pupil_until"] = timezone.now().timestamp() + 600
        session[PICTURES_AT] = timezone.now().timestamp()
        if seat := Seat.objects.filter(student=child).first():
            session[SEAT], session[SEAT_UNTIL] = seat.pk, session["pupil_until"]
        session.save()
    elif role != "anonymous":
        client.force_login(cast.users[role], "django.contrib.auth.backends.ModelBackend")
    return client


def verdict(response) -> str:
    assert response.status_code < 500
    if response.status_code == 405:
        return NO_SUCH_METHOD
    if response.status_code in (404, 410):
        return "4"
    if response.status_code == 302:
        for start, letter in SIGN_INS.items():
            if response.url.startswith(start):
                return letter
    return "A"


NO_SUCH_METHOD = "-"  # the page does not answer to it, whoever asks: nothing is told, nothing done
SIGN_INS = {
    "/accounts/login/": "L",
    "/f/sign-in/": "F",
    "/p/sign-in/": "P",
    "/p/seat/": "S",
    "/v/sign-in/": "V",
}
# Where signing in, out or on is what the page does, a redirect to it is no refusal.
LEADS_TO_SIGN_IN = {
    "family:end_all",
    "family:sign_in_code",
    "family:who",
    "family:sign_out",
    "pupil:sign_out",
    "pupil:want_to_talk_done",
    "seat:leave",
    "account_logout",
    "mfa_authenticate",
    "mfa_login_webauthn",
}


@pytest.mark.usefixtures("without_log")
@pytest.mark.parametrize("name", sorted(TABLE))
def test_who_is_let_in(cast, name):
    if name not in PATTERNS:
        pytest.fail("This URL is gone: take it out of the table.")
    address = reverse(name, kwargs=arguments(cast, name))
    wrong = {}
    for role in ROLES:
        who = visitor(cast, role)
        seen = [_ask(who, role, method, name, address) for method in ("get", "post")]
        answered = [letter for letter in seen if letter != NO_SUCH_METHOD]
        if set(answered) != set(TABLE[name][role]):
            wrong[role] = (seen, TABLE[name][role])
    assert not wrong, f"{address}: role: (get and post, expected) {wrong}"


def numbers_in(name: str) -> list[str]:
    return [key for key, one in PATTERNS[name].items() if isinstance(one, IntConverter)]


def let_in(name: str) -> list[str]:
    return [role for role in ROLES if "A" in TABLE[name][role]]


@pytest.mark.usefixtures("without_log")
@pytest.mark.parametrize(
    "name", [name for name in sorted({*TABLE} & {*PATTERNS}) if numbers_in(name) and let_in(name)]
)
def test_a_number_that_nothing_has_opens_nothing(cast, name):
    """The visitor may see a row beside it: a look-up that forgets its number would open that one."""
    given, role = arguments(cast, name), let_in(name)[0]
    who, opened = visitor(cast, role), {}
    for key in numbers_in(name):
        address = reverse(name, kwargs=given | {key: given[key] + 1_000_000})
        seen = {_ask(who, role, method, name, address) for method in ("get", "post")}
        if seen - {NO_SUCH_METHOD} != {"4"}:
            opened[key] = seen
    assert not opened


def _ask(who: Client, role: str, method: str, name: str, address: str) -> str:
    """What one person meets; whatever it changed is taken back for the next, what the browser keeps too."""
    client = Client()
    client.cookies = copy.deepcopy(who.cookies)
    with undone():
        ask: Callable = getattr(client, method)
        letter = verdict(ask(address))
        transaction.set_rollback(True)
    is_no_refusal = name in LEADS_TO_SIGN_IN and TABLE[name][role] == "A" and letter in "LFPSV"
    return "A" if is_no_refusal else letter


def arguments(cast: Cast, name: str) -> dict:
    """Always the row of the child `mengyao` or of `cast.school`."""
    wanted = PATTERNS[name]
    if name.startswith("passwords:"):
        return {"key": "x", "token": "x"}
    if name == "second_step_remove":
        return {"pk": give_factor(cast.users["counsellor"]).pk}
    if name == "family:hear":
        return {"language": "zh-hans", "name": "x"}
    return {key: value for key, value in make_objects(cast, name).items() if key in wanted}
