"""The numbers that protect somebody, as literals: every other test reads them from the code that it tests,
and would go on passing if somebody made the lock on a slip fifty tries wide.
"""

import ast
from datetime import time, timedelta
from importlib import import_module
from pathlib import Path

import pytest

import api.tokens.rules
import api.webhooks.rules
import calls.rules
import calls.things.rules
import classroom.leave.rules
import classroom.pictures.rules
import classroom.rules
import counselling.cases.rules
import counselling.letters.rules
import counselling.plans.rules
import counselling.pool.rules
import figures.baseline.rules
import guardians.clock.rules
import guardians.nearby.rules
import guardians.rules
import learning.rules
import meetings.messages
import meetings.photos.rules
import meetings.rules
import messaging.plans.rules
import messaging.rules
import nights.rules
import notices.rules
import postcards.rules
import privacy.rules
import reunions.rules
import rosters.civil.rules
import safeguarding.early_warning.rules
import safeguarding.levels.rules
import safeguarding.rules
import schools.duty.rules
import schools.record_checks
import surveys.pulses.rules
import surveys.rules
import threads.rules
import transfers.rules
import uploads.rules
import visits.rules
from accounts import rate_limits
from core import spoken_codes
from delivery import rules
from delivery.channels import costs
from delivery.sign_in import codes
from delivery.voice import rules as voice_rules
from messaging import telephone

ROOT = Path(__file__).parents[2]

# (module, name): what is counted, how many fit into a window, the window in minutes.
LIMITS = {
    # Passwords and second steps of staff.
    ("accounts.guessing", "AT_KNOWN_BROWSER"): ("password browser", 8, 15),
    ("accounts.guessing", "AT_ADDRESS"): ("password address", 8, 15),
    ("accounts.guessing", "OF_NAME"): ("password name", 30, 60),
    ("accounts.guessing", "FROM_ADDRESS"): ("password spray", 200, 60),
    ("accounts.guessing", "CODE_OF_USER"): ("second factor", 5, 15),
    ("accounts.guessing", "CODE_AT_KNOWN_BROWSER"): ("second factor browser", 5, 15),
    ("accounts.guessing", "OLD_PASSWORD"): ("old password", 8, 15),
    # Requests for a way back in: each is a message to somebody's phone.
    ("accounts.guessing", "RESETS_AN_HOUR"): ("reset hour", 3, 60),
    ("accounts.guessing", "RESETS_A_DAY"): ("reset day", 6, 1440),
    ("accounts.guessing", "RESETS_FROM"): ("reset from", 60, 60),
    ("accounts.guessing", "OWN_RESETS_AN_HOUR"): ("reset hour browser", 3, 60),
    ("accounts.guessing", "OWN_RESETS_A_DAY"): ("reset day browser", 6, 1440),
    # An address becomes a known place when several people have come in from there.
    ("accounts.places", "_PERSON"): ("place person", 1, 86_400),
    ("accounts.places", "_PLACE"): ("place", 3, 86_400),
    # Codes and slips of families.
    ("delivery.sign_in.limits", "TO_HERE"): ("code to, here", 5, 60),
    ("delivery.sign_in.limits", "TO_NUMBER"): ("code to", 15, 60),
    ("delivery.sign_in.limits", "TO_NUMBER_A_DAY"): ("code to, day", 30, 1440),
    ("delivery.sign_in.limits", "FROM_HERE"): ("code from", 600, 60),
    ("delivery.sign_in.limits", "SLIPS_FROM_HERE"): ("slip from", 2000, 60),
    # Numbers of no parent that an exchange reports of one child.
    ("calls.reported", "NOBODYS"): ("number of no parent", 20, 1440),
    ("calls.reported", "SAID_BEFORE"): ("number said before", 1, 44_640),
    # Pictures that sign in a child, codes of a seat.
    ("students.rate_limits", "CHILD"): ("pupil child", 6, 10),
    ("students.rate_limits", "CHILD_DAY"): ("pupil child day", 60, 1440),
    ("students.rate_limits", "CLASS_HERE"): ("pupil class here", 120, 240),
    ("students.rate_limits", "CLASS_ELSEWHERE"): ("pupil class elsewhere", 120, 240),
    ("students.rate_limits", "DOOR_ELSEWHERE"): ("pupil door elsewhere", 3000, 240),
    ("surveys.rate_limits", "HERE"): ("seat here", 120, 60),
    ("surveys.rate_limits", "ELSEWHERE"): ("seat elsewhere", 300, 60),
}

# Module: name, value, whom it protects and from what.
NUMBERS = {
    threads.rules: (
        (
            "EAR_FIRST_HOURS",
            24,
            "hours after a call for help in which a person hears a voice first",
        ),
        ("PING_EXPIRES_DAYS", 3, "days for which a family may still hear that a teacher wrote"),
        ("PING_STAFF_EXPIRES_HOURS", 24, "hours in which a teacher hears that a family wrote"),
        ("RECEIVED_EXPIRES_HOURS", 2, "hours after which nobody is woken to hear that we have it"),
        ("READING_HOURS", 12, "hours for which a reason opens a colleague's thread"),
        ("LANDS_IN_DONE_DAYS", 30, "days after which a text is no answer to what is done"),
    ),
    guardians.rules: (
        ("LEFT_BEHIND_UNDER_YEARS", 16, "age below which a child without a parent is looked after"),
        ("CONTACT_EVERY_DAYS", 7, "days in which a parent talks with a child, by law"),
        ("NEVER_UNATTENDED_UNDER_YEARS", 8, "age below which no child is ever unattended, by law"),
        ("NOT_ALONE_UNDER_YEARS", 16, "age below which no child lives alone, by law"),
        (
            "NEVER_RECORDED_GRACE_DAYS",
            3,
            "days in which a carer who was never recorded is no alarm",
        ),
    ),
    guardians.clock.rules: (
        ("DENIAL_COVERS_DAYS", 7, "days of talks that a child's no is about"),
        ("DENIAL_ASKED_FOR_DAYS", 14, "days in which somebody is asked about it"),
        ("CONFIRMS_WITHIN_DAYS", 3, "days between two words about one talk"),
    ),
    guardians.nearby.rules: (
        ("NEARBY_MOST", 2, "people near a child who are rung when it is alone"),
        ("ON_FOOT_MOST_MINUTES", 30, "minutes on foot; who lives further away comes too late"),
    ),
    safeguarding.rules: (
        ("ROUND_THE_CLOCK_MINUTES", 15, "minutes in which somebody answers a call for help"),
        ("SCHOOL_HOURS_MINUTES", 60, "minutes of school time for any other concern"),
        ("LONGEST_WAIT_DAYS", 3, "days for which a holiday holds a concern"),
        ("ALERT_EXPIRES_HOURS", 24, "hours for which an alert about a concern is sent"),
    ),
    safeguarding.levels.rules: (
        ("RED_MINUTES", 15, "minutes until an adult is with a child in danger"),
        ("ORANGE_HOURS", 48, "hours in which somebody looks after an orange concern"),
        ("ORANGE_HOURS_LEAST", 24, "hours; the shortest that a school may set"),
        ("ORANGE_HOURS_MOST", 48, "hours; the longest that a school may set"),
        ("YELLOW_DAYS", 14, "days in which somebody looks after a yellow concern"),
        ("YELLOW_DAYS_LEAST", 7, "days; the shortest that a school may set"),
        ("YELLOW_DAYS_MOST", 14, "days; the longest that a school may set"),
        ("ORANGE_LONGEST_DAYS", 5, "days after which an orange concern is due in any holiday"),
        ("YELLOW_WAITS_DAYS", 7, "days for which a holiday holds a yellow concern"),
    ),
    safeguarding.early_warning.rules: (
        ("WEEKS_BACK_DAYS", 28, "days of attendance and notes that count"),
        ("MISSED_PERCENT", 10, "days missed in a hundred from which a child is named"),
        ("REGISTERS_AT_LEAST", 5, "registers below which a share says nothing"),
        ("ABSENT_AT_LEAST", 2, "days below which an absence says nothing"),
        ("HOMEWORK_DAYS", 14, "days of homework that count"),
        ("HOMEWORK_MISSES", 3, "times that homework is missing"),
        ("NOTES_AT_LEAST", 2, "days with a note to keep an eye on"),
        ("GAP_DAYS", 14, "days without a talk"),
        ("UNREACHABLE_DAYS", 7, "days in which a family cannot be reached"),
        ("SCORE_DAYS", 180, "days for which a worse score counts"),
        ("OLD_DAYS", 14, "days after which a figure says that it is old"),
        ("DOMAINS_NEEDED", 2, "parts of life that must agree before anybody is pointed at a child"),
        ("REST_DAYS", 28, "days for which a settled hint is silent"),
        ("NOT_HELPFUL_REST_DAYS", 56, "days for which one that did not help is"),
    ),
    privacy.rules: (
        ("GUARDIAN_AGREES_UNDER_YEARS", 14, "age below which a guardian must agree, by law"),
        ("PUPIL_AGREES_TOO", ("weekly",), "purposes that a pupil must agree to as well"),
        ("ALLOWED_WITHOUT_A_WORD", ("village",), "the only purpose that needs no yes"),
        ("OVERRIDE_DAYS_MAX", 90, "days for which a family's no can be overridden at most"),
        ("OVERRIDE_DAYS_USUAL", 30, "days that the form offers for it"),
    ),
    counselling.cases.rules: (
        ("EMERGENCY_HOURS", 24, "hours for which an emergency opens a case"),
        ("LONGEST_LET_IN_DAYS", 180, "days for which somebody is let into a case"),
        ("LOOK_WAITS_DAYS", 7, "days for which a child waits for a second person's yes"),
    ),
    counselling.letters.rules: (
        ("LOOK_AGAIN_DAYS", 28, "days until we remind of a referral that was accepted"),
        ("LONGEST_WAIT_DAYS", 180, "days for which a referral may wait for an answer"),
        ("ANSWER_SCHOOL_DAYS", 3, "school days until the sender hears that nobody has answered"),
        ("ANSWER_LONGEST_DAYS", 10, "days until the sender hears it in any holiday"),
    ),
    counselling.plans.rules: (
        ("ASKED_DAYS", 2, "days before its end on which a person is reminded of a plan"),
        ("LONGEST_DAYS", 366, "days of a plan"),
    ),
    counselling.pool.rules: (
        ("CODE_LENGTH", 6, "letters that stand for a child in the county's queue"),
        ("WORDS_MAX", 300, "characters about a child whom nobody may recognise"),
        ("CAPACITY_USUAL", 2, "children of other schools for one counsellor"),
        ("CAPACITY_MOST", 10, "the most that a counsellor may offer"),
        ("WAIT_SCHOOL_DAYS", {"orange": 1, "yellow": 5}, "school days until its school hears"),
        ("LONGEST_WAIT_DAYS", {"orange": 5, "yellow": 14}, "days until it hears in any holiday"),
        ("HOLIDAY_HOLDS_DAYS", 3, "days for which a reader's holiday holds a brief"),
        ("SOME_DAYS", 7, 'days for which a brief says "some days"'),
        ("DIGITS_OF_A_NUMBER", 7, "digits in a row that might name somebody"),
    ),
    surveys.rules: (
        ("FOLLOW_UP_WEEKS", 2, "weeks in which somebody talks with a child who was flagged"),
        ("SHOWN_FROM", 10, "people below which a figure would name one"),
        ("LESSON_MINUTES", 90, "minutes for which the codes of a lesson work"),
        ("SEAT_MINUTES", 20, "minutes until a tablet left alone forgets whose answers these are"),
        ("SEAT_CODE_DIGITS", 6, "digits of a child's code"),
        ("TABLET_CODE_DIGITS", 8, "digits of a tablet's code"),
    ),
    surveys.pulses.rules: (
        ("CHANGE_MINUTES", 10, "minutes in which a child may change an answer"),
        ("LOW_AT_MOST", 2, "a mood of this value or less is low"),
        ("LOW_ANSWERS", 3, "low moods in a row until a teacher talks with the child"),
        ("LOW_WITHIN_WEEKS", 5, "weeks in which they count as in a row"),
        ("TALK_AGAIN_WEEKS", 4, "weeks in which a teacher is not asked again about a child"),
        ("KEPT_WEEKS", 53, "weeks for which the answers are kept, as families are told"),
        ("LEFT_DAYS", 30, "days after a child has left until its answers are deleted"),
    ),
    schools.duty.rules: (
        ("KEPT_DAYS", 28, "days without a turn after which a gap is no gap"),
        ("GAP_DAYS", 3, "days ahead for which a gap is shown"),
        ("NEAR_DAYS", 3, "days around a turn in which it opens every child of the school"),
    ),
    visits.rules: (
        ("HOME_VISIT_WITHIN_DAYS", 90, "days in which a home is visited"),
        ("DUE_SOON_DAYS", 14, "days before it from which the village worker may know of it"),
        ("WRITTEN_LATE_DAYS", 30, "days after a child has left in which a visit is still recorded"),
        ("CALLS_DUE_LAST_DAYS", 7, "last days of a month in which missing calls are asked for"),
    ),
    calls.rules: (
        ("MISSED_IN_A_ROW", 2, "calls that a child waits for in vain until a teacher asks why"),
        ("MOOD_ASKED_FOR_DAYS", 2, "days in which a child is asked how a call was"),
        ("SHORTEST_TALK_SECONDS", 60, "seconds below which a call is no talk with a parent"),
    ),
    calls.things.rules: (
        ("SHOWN_DAYS", 30, "days after which nobody sees what was said"),
        ("NOTICE_DAYS", 3, "days after which no message tells of it"),
        ("FALLING_TAPS", 3, "worse taps in a row until a teacher looks"),
        ("FALLING_DAYS", 60, "days for which a tap counts"),
    ),
    transfers.rules: (
        ("CONFIRM_HOURS", 24, "hours in which the new school confirms what protects the child"),
        ("ATTENDANCE_DAYS", 365, "days of attendance that go along"),
        ("CONTACT_DAYS", 90, "days of talks that go along"),
        ("FOLLOWED_DAYS", 7, "days for which the new school hears what the old one learns"),
        ("BACK_DAYS", 14, "days ago that a child may have started there"),
        ("AHEAD_DAYS", 60, "days ahead that a child may start there"),
    ),
    classroom.rules: (
        ("ATTENTION_DAYS", 14, "days without a note until a child is listed as overlooked"),
        ("GOOD_NEWS_DAYS", 14, "days in which every family gets good news"),
        ("NEWS_READ_DAYS", 60, "days for which a family's phone shows good news"),
        ("CORRECT_HOURS", 24, "hours in which a note may be changed"),
        ("LATE_DAYS", 30, "days after a child has left in which a note still arrives"),
        ("CLOCK_SLACK_MINUTES", 10, "minutes by which a phone's clock may be fast"),
        ("TELL_AFTER_MINUTES", 10, "minutes to undo a tap before the family hears of it"),
        ("TELL_LATE_HOURS", 72, "hours after which an absence is no news"),
        ("LINK_STANDS_DAYS", 30, "days for which the link to good news opens"),
        ("MISSED_SHARE", 0.1, "share of days missed from which a child is tired of school"),
        ("ATTENDANCE_DAYS", 28, "days of attendance that count"),
        ("ATTENDANCE_DAYS_AT_LEAST", 5, "registers below which a share says nothing"),
        ("UNEXPLAINED_DAYS", 14, "days for which Today names an absence without a reason"),
        ("HOMEWORK_DAYS", 14, "days of homework that count"),
        ("HOMEWORK_MISSES", 3, "times that homework is missing"),
        ("LEARNING_NOTES", 2, "notes about not wanting to learn"),
    ),
    classroom.leave.rules: (
        ("BACK_DAYS", 3, "days ago for which a family may ask"),
        ("DAYS_AT_MOST", 31, "days of one leave"),
    ),
    classroom.pictures.rules: (
        (
            "MEANWHILE_SECONDS",
            60,
            "seconds in which a no still stops a picture that is being added",
        ),
        ("GONE_DAYS", 60, "days after a child has left until a picture of it is deleted"),
    ),
    postcards.rules: (
        ("POSTCARDS_A_DAY", 5, "postcards of one child, so that no phone fills up"),
        ("NOTICE_DAYS", 7, "days after which no message tells of one"),
        ("GONE_DAYS", 60, "days after a child has left until its voice is deleted"),
    ),
    notices.rules: (
        ("GRACE_SECONDS", 60, "seconds in which a notice to all families may be taken back"),
        ("LINK_STANDS_DAYS", 30, "days for which the link of a notice opens"),
        ("FIRST_EXPIRES_DAYS", 3, "days for which a notice is still sent"),
        ("AGAIN_EXPIRES_HOURS", 20, "hours, so that two reminders never arrive together"),
    ),
    reunions.rules: (
        ("WATCH_DAYS", (-3, 3, 14), "days around a farewell on which somebody looks at the child"),
        ("ASK_DAYS_BEFORE", 45, "days before a holiday from which families are asked"),
        ("REMIND_DAYS_BEFORE", 14, "days before it on which they are reminded"),
    ),
    rosters.civil.rules: (
        ("KEPT_DAYS", 14, "days after which an office's list of children is deleted"),
    ),
    figures.baseline.rules: (
        ("FEWEST_UNITS", 8, "units below which a comparison says nothing"),
        ("FEWEST_A_SIDE", 2, "units below which it would be about one of them"),
    ),
    api.tokens.rules: (
        ("SECRET_BYTES", 32, "bytes of chance in a token: nobody guesses 256 bits"),
        ("WARNED_DAYS", 14, "days in which a school hears that its token ends"),
    ),
    api.webhooks.rules: (
        ("SECRET_BYTES", 32, "bytes of chance in the secret that signs what we send"),
        ("LONGEST_PAUSE", timedelta(days=1), "the longest that a receiver may hold a message"),
        ("FORMER_SECRET_HOLDS", timedelta(hours=24), "the time that an old secret still signs"),
        ("KEPT", timedelta(days=30), "the time that the log keeps what was sent"),
    ),
    uploads.rules: (
        ("PHOTO_BYTES", 12_000_000, "bytes of a photo that we read"),
        ("PHOTO_PIXELS", 64_000_000, "pixels of a photo that we open"),
        ("VOICE_BYTES", 12_000_000, "bytes of a recording that we read"),
        ("VOICE_SECONDS", 180, "seconds of a recording"),
        ("DOCUMENT_BYTES", 15_000_000, "bytes of a document that we read"),
        ("DOCUMENT_PAGES", 20, "pages of a document that we draw"),
        ("TABLE_CHARS", 30_000_000, "characters of a table that we keep in memory"),
        ("FORM_CHARS", 8_000_000, "characters of a form that we keep in memory"),
        ("RECEIVED_BYTES", 16_000_000, "bytes of one file that we store"),
        ("BODY_BYTES", 200_000_000, "bytes of a request that we read"),
        ("TABLE_UNPACKED_BYTES", 62_914_560, "bytes to which a table may unpack"),
        ("TABLE_CELLS", 2_000_000, "cells of a table that we keep in memory"),
        ("WORKSHOP_CPU_SECONDS", 12, "seconds that one file may compute"),
        ("WORKSHOP_SECONDS", 25, "seconds that one file may take"),
        ("WORKSHOP_FILES", 64, "files that the workshop may open"),
        ("WORKSHOP_MEMORY_BYTES", 1_500_000_000, "bytes of memory that one file may take"),
    ),
    spoken_codes: (
        ("ATTEMPTS", 5, "wrong numbers at an offer or a new password: 5 guesses of a million"),
        ("DIGITS", 6, "digits of such a number"),
    ),
    costs: (
        ("UNLIMITED", ("concern", "nearby", "test"), "kinds that no limit of costs holds back"),
    ),
    telephone: (
        ("MIDDLE", "5", "the key that opens a question; it answers none"),
        ("NOT_US", "9", "the key by which somebody else ends the calls to their number"),
    ),
    nights.rules: (
        ("ASK_FROM", time(17, 0), "hour from which a switch asks the carers"),
        ("ASK_UNTIL", time(20, 0), "hour from which a carer's silence counts as nobody"),
        ("NEARBY_UNTIL", time(21, 30), "hour after which a switch rings no neighbour"),
        ("CARER_LEAST_MINUTES", 30, "minutes that a carer has at least"),
        ("NEARBY_MINUTES", 10, "minutes until the next adult is asked to a child alone"),
        ("DUTY_MINUTES", 30, "minutes of duty's silence until the village is asked"),
        ("SWITCH_DAYS_MOST", 3, "evenings on which one switch asks everybody"),
    ),
    voice_rules: (
        ("NOT_AGAIN_SECONDS", 60, "seconds between two calls to one number"),
        ("RINGS_SECONDS", 60, "seconds for which a phone rings"),
    ),
    rules: (
        ("CODE_ATTEMPTS", 5, "wrong tries at one code: 5 guesses of a million"),
        ("CODE_MINUTES", 10, "minutes for which a code on a phone left lying is of use"),
        ("SLIP_ATTEMPTS", 5, "wrong ends of a number at one slip of paper"),
        ("SLIP_DAYS", 60, "days for which a slip that was lost lets anybody try"),
        ("SIGN_IN_LINK_MINUTES", 30, "minutes for which a link in a message signs in"),
        ("INVITATION_LINK_DAYS", 3, "days for which a link of an invitation signs in"),
        ("ROUTINE_A_DAY", 3, "messages of routine to one adult within a day"),
        ("ROUTINE", ("check_in", "notice"), "kinds that are counted for that"),
        (
            "ANY_HOUR",
            ("link", "code", "concern", "nearby", "account", "received", "test"),
            "kinds that ring at night; every other waits until somebody is awake",
        ),
        ("FAMILY_SLEEPS", ("account",), "kinds among them that wake no family"),
        ("ASKED_FOR", ("link", "code", "received"), "kinds that go before a school has begun"),
        ("UNDER_WAY", ("due", "retry", "claimed"), "states of a message that may still leave"),
        (
            "WAITS_FOR_CHANNEL",
            ("check_in", "at_home", "nearby", "notice", "thread", "invite"),
            "kinds that a missing channel holds and does not end",
        ),
        ("RESTORED", "restored", "the cause by which a person finds what a restore left unknown"),
        (
            "SCHOOLS_TROUBLE",
            (
                "account_may_not",
                "account_refused",
                "bad_gateway_settings",
                "cost_limit",
                "key_refused",
                "mail_refused",
                "no_balance",
                "no_channel",
                "no_template",
                "not_started",
                "private_address",
                "provider_rests",
                "secret_unreadable",
                "server_not_listed",
                "stopped",
                "template_refused",
            ),
            "causes that are no step of a family's ladder",
        ),
        ("ALERT_LATE_AFTER_HOURS", 72, "hours for which an alert about a child is still sent"),
        ("MAX_ATTEMPTS", 6, "requests for one message at most"),
        ("LAST_LOOK_UPS", 3, "times that a provider is asked before a person settles it"),
        ("BACKOFF_SECONDS", (15, 60, 300, 900, 3600), "seconds before each further try"),
        ("RETRY_AFTER_AT_MOST_SECONDS", 21_600, "seconds for which a provider may hold a message"),
        ("SETTLING_UNDO_SECONDS", 60, "seconds before what did not arrive goes again"),
        ("NO_MORE_AFTER_MINUTES", 60, "minutes of waiting after which a school asks no more"),
        ("NO_MORE_FROM_MESSAGES", 20, "waiting messages from which that counts"),
        ("TROUBLE_LATE_MINUTES", 15, "minutes until somebody hears that nothing goes out"),
        ("TROUBLE_UNKNOWN_MINUTES", 30, "minutes until somebody hears that an outcome is unknown"),
        ("TROUBLE_SILENT_SECONDS", 50, "seconds until somebody hears that no worker runs"),
        ("OPEN_HOURS", (time(7, 30), time(18)), "hours in which pages come before messages"),
        ("DRAINS_IN_OPEN_HOURS", 1, "drains at once in those hours"),
    ),
    codes: (
        ("DIGITS", 6, "digits of a code: a million"),
        ("SLIP_CHARS", 10, "characters on a slip: 49 bits"),
        (
            "SLIP_ALPHABET",
            "23456789ABCDEFGHJKMNPQRSTUVWXYZ",
            "31, of which none looks like another",
        ),
    ),
    learning.rules: (
        ("FEWEST_COUNTED", 3, "adults below which no figures are shown: one would be a name"),
        ("LINK_STANDS_DAYS", 60, "days for which the link of a lesson opens"),
        ("LATE_DAYS", 7, "days after its evening in which a lesson's message still goes"),
        ("PLAN_EVERY_DAYS", 14, "days between two lessons that the plan sends"),
    ),
    meetings.rules: (
        ("AHEAD_DAYS", 180, "days ahead for which a meeting may be planned"),
        ("SLOTS_AT_MOST", 60, "talks with one family each, of one meeting"),
        ("LINK_STANDS_DAYS", 30, "days after a meeting for which its link opens"),
        (
            "DOOR_OPENS_MINUTES",
            30,
            "minutes before a meeting in which one may say that one is there",
        ),
        ("DOOR_CLOSES_MINUTES", 30, "minutes after it in which one may"),
        ("CALL_DAYS", 7, "days before a meeting from which unreached families are to be rung up"),
        ("CALL_AFTER_HOURS", 24, "hours that a message has to get through before that"),
    ),
    schools.record_checks: (
        ("CHECK_HOLDS_DAYS", 365, "days for which a look-up of somebody's record counts"),
        ("CHECK_DUE_DAYS", 30, "days before that from which the list says that it is due"),
    ),
    meetings.photos.rules: (
        ("PHOTOS_AT_MOST", 6, "photos of one meeting"),
        ("KEPT_DAYS", 365, "days after which a photo of a meeting is deleted"),
    ),
    meetings.messages: (
        ("REMINDED_AT_MOST_DAYS_BEFORE", 2, "days before a meeting in which a reminder may go"),
        ("OFF_TOLD_HOURS", 48, "hours for which word of a cancelled meeting is no old news"),
    ),
    messaging.rules: (
        ("ASK_AGAIN_AFTER_DAYS", 2, "days from a question to the second one"),
        ("OTHER_WAY_AFTER_DAYS", 1, "days to the question by another way"),
        ("OTHER_ADULT_AFTER_DAYS", 1, "days to the question to somebody else of the family"),
        ("TELL_TEACHER_AFTER_DAYS", 2, "days to the teacher's task"),
        ("VILLAGE_AFTER_DAYS", 5, "days for which that task may stay undone"),
        ("STEP_WAIT_AT_MOST_DAYS", 7, "days for which a school may let one step wait"),
        ("TEACHER_KNOWS_WITHIN_DAYS", 10, "days within which a teacher knows, whatever is set"),
        ("VILLAGE_VISIT_WITHIN_DAYS", 7, "days in which the village worker goes"),
        ("NOT_YET_AGAIN_AFTER_DAYS", 1, 'days after a "not yet"'),
        ("NOT_YET_QUESTIONS_AT_MOST", 2, 'questions after a "not yet"; then the teacher helps'),
        ("CHECK_IN_LINK_DAYS", 10, "days for which the link of a question takes answers"),
        ("CHECK_IN_LATE_AFTER_HOURS", 26, "hours; no question goes out when its day is over"),
    ),
    messaging.plans.rules: (
        ("HOLIDAY_WAIT_AT_MOST_DAYS", 3, "days for which a holiday puts a question off"),
        ("PAUSE_WAIT_AT_MOST_DAYS", 3, "days until the teacher hears that all have a pause"),
        ("OWN_PAUSE_DAYS", (7, 14, 28), "days of a pause that a family may take by itself"),
        ("OWN_RHYTHMS", (7, 14, 28), "days; the rarest that one adult may be asked"),
        ("OCCASION_LATE_DAYS", 2, "days after which a date that was missed asks nobody"),
        ("OCCASION_TALK_COUNTS_DAYS", 2, "days for which a talk makes a date's question needless"),
        ("OCCASION_DAYS_AT_MOST", 30, "days before or after a date"),
    ),
}
# Of these modules' constants, what protects nobody: how a page or a watch looks.
PROTECTS_NOBODY = {
    rules: {
        "CAP_LOOK_AGAIN_MINUTES",
        "CHANNEL_LOOK_AGAIN_MINUTES",
        "LATE_AFTER_MINUTES",
        "TROUBLE_OVER_MINUTES",
        "BACKOFF_JITTER",
    },
    messaging.rules: {"TO_THE_TEACHER"},
    messaging.plans.rules: {"PREVIEW_DAYS"},
}


def limits_in_the_code() -> set[tuple[str, str]]:
    """(module, name) of every `… = Limit(…)` of the apps."""
    found = set()
    for path in ROOT.glob("*/**/*.py"):
        place = path.relative_to(ROOT)
        if place.parts[0] in ("tests", "node_modules", ".venv") or "migrations" in place.parts:
            continue
        text = path.read_text()
        if "Limit(" not in text:
            continue
        for node in ast.parse(text).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                called = ast.unparse(node.value.func)
                if called in ("Limit", "rate_limits.Limit"):
                    module = ".".join(place.with_suffix("").parts)
                    found |= {(module, ast.unparse(target)) for target in node.targets}
    return found


def constants_of(module) -> set[str]:
    tree = ast.parse(Path(module.__file__).read_text())
    targets = [node.targets for node in tree.body if isinstance(node, ast.Assign)]
    names = {ast.unparse(target) for several in targets for target in several}
    return {name for name in names if name.isupper()}


@pytest.mark.parametrize(
    ("place", "expected"), LIMITS.items(), ids=lambda one: ".".join(map(str, one))
)
def test_a_limit_lets_through_so_many_in_so_many_minutes(place, expected):
    module, name = place
    limit = getattr(import_module(module), name)
    assert (limit.what, limit.most, limit.minutes) == expected


def test_every_limit_stands_in_the_table():
    assert limits_in_the_code() == set(LIMITS)


def test_no_two_limits_share_a_count():
    assert len({what for what, _most, _minutes in LIMITS.values()}) == len(LIMITS)
    assert all(isinstance(getattr(import_module(m), n), rate_limits.Limit) for m, n in LIMITS)


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [(module, name, value) for module, rows in NUMBERS.items() for name, value, _why in rows],
    ids=lambda one: one if isinstance(one, str) else None,
)
def test_a_number_that_protects_somebody(module, name, value):
    assert getattr(module, name) == value


@pytest.mark.parametrize("module", PROTECTS_NOBODY, ids=lambda one: one.__name__)
def test_every_constant_of_the_rules_is_weighed(module):
    assert constants_of(module) == {name for name, *_ in NUMBERS[module]} | PROTECTS_NOBODY[module]
