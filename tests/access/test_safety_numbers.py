"""The numbers that protect somebody, as literals: every other test reads them from the code that it tests,
and would go on passing if somebody made the lock on a slip fifty tries wide.
"""

import ast
from datetime import time
from importlib import import_module
from pathlib import Path

import pytest

import learning.rules
import meetings.messages
import meetings.photos.rules
import meetings.rules
import messaging.plans.rules
import messaging.rules
import nights.rules
import schools.record_checks
import threads.rules
from accounts import rate_limits
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
