"""Calls through Tencent Cloud's voice messages (VMS 2020-09-02, SendTtsVoice; signature TC3-HMAC-SHA256).

`config`: `secret_id`, `sdk_app_id`, `spoken` (delivery.channels.spoken), `fen`, `limit_yuan`, `region`,
`endpoint`, `timeout_seconds`; secret `secret_key`. The provider cannot be asked anything: only its callbacks
say what happened to a call and which key was pressed, by the number in its answer. README.md.
"""

from collections.abc import Mapping, Sequence
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from core import clock
from delivery.channels import cloud, costs, hooks, spoken
from delivery.channels.base import (
    Account,
    AfterLostReply,
    Failure,
    Hook,
    LostReply,
    Message,
    PermanentFailure,
    Rate,
    Receipt,
    Report,
    ReportRefused,
    Reports,
    TemporaryFailure,
    code_of,
)
from delivery.channels.cloud import REST_SECONDS
from delivery.channels.network import broken
from delivery.voice import rules

KIND = "tencent_call"
MEANS = "call"
ONE_MENU = True
# Each call is booked in the database before it is placed, in the worker's own thread.
PARALLEL = 1
SERVICE, VERSION = "vms", "2020-09-02"
ENDPOINT = "vms.tencentcloudapi.com"
DOMAINS = ("tencentcloudapi.com",)  # the provider's other regions
REGION = "ap-guangzhou"
PER_SECOND = 5  # requests; the provider's usual limit
PLAYS = 3  # how often the sentence is spoken; the provider's maximum
# The provider's limits for notices, unless it widens them. It blocks a number that it has to refuse too
# often.
NIGHT = rules.Quiet(time(22), time(8), ZoneInfo("Asia/Shanghai"), most=1)
LIMITS = rules.Limits(
    "secret_id",
    (
        rules.Window(timedelta(minutes=1), 1),
        rules.Window(timedelta(minutes=10), 2),
        rules.Window(timedelta(hours=24), 3),
    ),
    NIGHT,
)
CHINA = "+86"
NUMBER_CHARS = 20  # characters of a number with its country code

# Codes of the API's documentation, read in November 2026.
FLOW = "LimitExceeded.DeliveryFrequencyLimit"
FLOW_SECONDS = 600.0
BAD_NUMBER = ("InvalidParameterValue.CalledNumberVerifyFail",)
NO_BALANCE = (
    "FailedOperation.InsufficientBalanceInVoicePackage",
    "UnauthorizedOperation.ServiceSuspendDueToArrears",
    "FailedOperation.PhonenumberUnappliedOrExpired",
)
MAYBE_SENT = ("FailedOperation.AccessUpstreamTimeout", "FailedOperation.ParametersOtherError")
# The SDK's code for an answer other than 200.
NO_200 = "ServerNetworkError"
# The first words of the provider's own codes; any other code reports a fault inside the SDK.
CLASSES = (
    "AuthFailure",
    "FailedOperation",
    "InternalError",
    "InvalidParameter",
    "InvalidParameterValue",
    "LimitExceeded",
    "MissingParameter",
    "RequestLimitExceeded",
    "UnauthorizedOperation",
    "UnsupportedOperation",
)
STATUS, KEYS, FAILURE = "voiceprompt_callback", "voicekey_callback", "voice_failure_callback"
PICKED_UP, NOT_PICKED_UP = "0", "1"
# `failure_code` of a callback (api/1128/37531): our result, and a cause if the result does not say enough.
RESULTS = {
    "1": ("off", ""),
    "2": ("busy", ""),
    "3": ("off", ""),  # out of reach
    "4": ("off", "number_out_of_service"),
    "5": ("no_answer", ""),
    "6": ("off", ""),
    "7": ("off", "number_out_of_service"),
    "8": ("wrong_number", ""),
    "9": ("busy", ""),
    "10": ("busy", ""),
    "13": ("off", "number_out_of_service"),
    "15": ("wrong_number", ""),
    "17": ("off", "number_out_of_service"),
    "18": ("busy", ""),
    "20": ("no_answer", ""),
}


def send(message: Message, account: Account) -> Receipt:
    code = spoken.code_for(message, account.config)
    if not message.address.startswith(CHINA):  # it rings no number abroad
        raise PermanentFailure("provider_refused", "abroad", is_about_address=False)

    def place(ticket: str) -> Receipt:
        told = _call(
            "SendTtsVoice",
            {
                "TemplateId": code,
                "CalledNumber": message.address,
                "VoiceSdkAppid": account.config.get("sdk_app_id"),
                "TemplateParamSet": [],
                "PlayTimes": PLAYS,
                "SessionContext": ticket,
            },
            account,
        )
        status = told.get("SendStatus")
        reference = spoken.name_of(status.get("CallId")) if isinstance(status, Mapping) else ""
        if not reference:
            raise LostReply("unexpected_answer", "no number of the call")
        costs.name(message, reference)
        return Receipt(reference=reference)

    return spoken.place(message, account, LIMITS, place)


def after_lost_reply(account: Account) -> AfterLostReply:
    return AfterLostReply.ASK_A_PERSON


def read_hook(hook: Hook, account: Account) -> Reports:
    """Read a callback: a status, a key or a reason of failure.

    Nothing is signed; instead the provider offers a certificate of its own, which the web server may require.
    A callback counts by the number of its call, which only the answer to our signed request has told us. A
    callback that arrives before that answer is kept until it matches (receipts.settle_unmatched).
    """
    told = hooks.json_of(hook.body)
    if not isinstance(told, Mapping):
        raise ReportRefused("no object")
    reports: list[Report] = []
    for field, read in ((KEYS, _keys), (FAILURE, _failure), (STATUS, _status)):
        part = told.get(field)
        if not isinstance(part, Mapping):
            continue
        name = spoken.name_of(part.get("callid"))
        if not name:
            continue
        call = spoken.call_of(account, name)
        if call is None and field == KEYS:
            # If the answer with its number was lost, it may be about any of these calls: a call for help
            # must not get lost with it.
            mobile = part.get("mobile")
            address = f"{CHINA}{mobile}" if isinstance(mobile, str | int) else ""
            to = address[:NUMBER_CHARS]
            perhaps = spoken.calls_to(account, to, clock.now()) if address else []
            reports += _keys(name, part, perhaps)
        else:
            reports += read(call or name, part)
    return Reports(reports, '{"result": 0, "errmsg": "OK"}', "application/json")


def _keys(call: spoken.Named, part: Mapping[str, Any], perhaps: Sequence[str] = ()) -> list[Report]:
    return spoken.keys_of(call, part.get("keypress"), perhaps)


def _failure(call: spoken.Named, part: Mapping[str, Any]) -> list[Report]:
    return [spoken.end_of(call, RESULTS, str(part.get("failure_code") or ""), 0)]


def _status(call: spoken.Named, part: Mapping[str, Any]) -> list[Report]:
    result = str(part.get("result") or "")
    if result == PICKED_UP:
        begun, over = (
            spoken.number_of(part.get(name), digits=11) for name in ("accept_time", "end_calltime")
        )
        lasted = over - begun if begun and over else -1
        seconds = lasted if 0 <= lasted < rules.TALKS_MINUTES * 60 else None
        events = [spoken.answered(), spoken.ended("hung_up", seconds)]
    elif result == NOT_PICKED_UP:
        events = [spoken.ended("no_answer", 0)]
    else:
        events = [spoken.ended("failed", 0)]
    return [spoken.report_of(call, event) for event in events]


def rate_of(account: Account) -> Rate:
    name = f"tencent_call:{account.config.get('secret_id') or account.pk}"
    return Rate(name, PER_SECOND, PER_SECOND)


def takes(kind: str, config: dict[str, Any]) -> bool:
    return spoken.takes(kind, config)


def _call(action: str, body: dict[str, Any], account: Account) -> dict[str, Any]:
    from tencentcloud.common.exception.tencent_cloud_sdk_exception import (
        TencentCloudSDKException,
    )

    client = cloud.tencent(account, _client, ENDPOINT, REGION)
    try:
        told = client.call_json(action, body).get("Response")
    except TencentCloudSDKException as error:
        code = error.code or ""
        if code == NO_200:  # it proves nothing, and we must not call anybody twice
            raise LostReply("provider_error", NO_200) from error
        if code.partition(".")[0] not in CLASSES:
            raise broken(error) from error
        raise _refusal(code) from error
    except Exception as error:
        # An answer that is not JSON, or was cut off, ends up here: the call may have been placed.
        raise broken(error) from error
    if not isinstance(told, dict):
        raise LostReply("unexpected_answer", "no object")
    return told


def _refusal(code: str) -> Failure:
    detail = code_of(code)
    if code == FLOW and NIGHT.since(clock.now()):
        return PermanentFailure("number_limit", detail, is_about_address=False)
    if code == FLOW:
        return TemporaryFailure("number_limit", detail, FLOW_SECONDS, is_about_account=False)
    if code in BAD_NUMBER:
        # A format of number that another provider may dial; a callback says whether the number exists.
        return PermanentFailure("provider_refused", detail, is_about_address=False)
    if code in NO_BALANCE:
        return TemporaryFailure("no_balance", detail, closes=REST_SECONDS)
    if code.startswith("RequestLimitExceeded"):
        return TemporaryFailure("provider_busy", detail, 1.0)
    if code.startswith(("AuthFailure", "UnauthorizedOperation")):
        return TemporaryFailure("key_refused", detail, closes=REST_SECONDS)
    if code in MAYBE_SENT or code.startswith("InternalError"):
        return LostReply("provider_error", detail)
    return PermanentFailure("template_refused", detail, is_about_address=False)


def _client(credential: Any, region: str, profile: Any) -> Any:
    from tencentcloud.common.common_client import CommonClient

    return CommonClient(SERVICE, VERSION, credential, region, profile)


def check_config(config: dict[str, Any]) -> dict[str, str]:
    needed = {
        "secret_id": _("Tencent Cloud gives you a SecretId."),
        "sdk_app_id": _("The SDK AppID of the voice application: digits only."),
    }
    return spoken.problems_of(config, needed, ("concern",), DOMAINS)


def summary(config: dict[str, Any]) -> str:
    return config.get("sdk_app_id") or _("no application yet")
