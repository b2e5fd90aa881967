"""Calls through Alibaba Cloud Voice (Dyvmsapi 2017-05-25, IvrCall; signature ACS3-HMAC-SHA256).

`config`: `access_key_id`, `show_number`, `spoken` (delivery.channels.spoken), `fen`, `limit_yuan`,
`endpoint`, `timeout_seconds`; secret `access_key_secret`. IvrCall is not idempotent, and the provider can be
asked about a call only by the number in its answer: after a lost answer the message stays "not known" until a
report names our ticket, which we send as OutId. What the provider promises: README.md.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog
from django.utils.translation import gettext as _

from delivery.channels import cloud, hooks, spoken
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
    Reports,
    TemporaryFailure,
    code_of,
)
from delivery.channels.cloud import REST_SECONDS
from delivery.channels.network import broken
from delivery.channels.voice_models import VoiceCall
from delivery.voice import rules

KIND = "alibaba_call"
MEANS = "call"
ONE_MENU = True
# Each call is booked in the database before it is placed, in the worker's own thread.
PARALLEL = 1
VERSION = "2017-05-25"
ENDPOINT = "dyvmsapi.aliyuncs.com"
DOMAINS = ("aliyuncs.com",)  # the provider's other regions
PER_SECOND = 100  # requests; the provider's limit for one account
PLAYS = 3  # how often the sentence is spoken; the provider's maximum
KEY_WAITS = 6_000  # milliseconds of silence after the sentence
IVR = 11000000300005  # the product's number in QueryCallDetailByCallId
LIMITS = rules.Limits(
    "access_key_id",
    (
        rules.Window(timedelta(minutes=1), 1),
        rules.Window(timedelta(hours=1), 5),
        rules.Window(timedelta(hours=24), 20),
    ),
)

OK = "OK"
CHINA = "+86"
MOBILE_CHARS, LANDLINE_PREFIX = 11, "0"
# Codes of document 112502, read in November 2026.
FLOW = "isv.BUSINESS_LIMIT_CONTROL"
FLOW_SECONDS = 60.0
BAD_NUMBER = ("isv.MOBILE_NUMBER_ILLEGAL",)
TEMPLATES = ("TTS", "TEMPLATE", "BLACK_KEY")  # words in codes about what is to be spoken
NO_BALANCE = ("isv.AMOUNT_NOT_ENOUGH", "isv.AMOUNT_NOT_ENOUG", "isv.OUT_OF_SERVICE")
KEY_REFUSED = (
    "isp.RAM_PERMISSION_DENY",
    "isv.ACCOUNT_NOT_EXISTS",
    "isv.ACCOUNT_ABNORMAL",
    "isv.PRODUCT_UN_SUBSCRIPT",
    "isv.PRODUCT_UNSUBSCRIBE",
    "isv.DENY_IP_RANGE",
    "InvalidAccessKeyId.NotFound",
    "InvalidAccessKeyId.Inactive",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "Forbidden.RAM",
    "NoPermission",
)
CLOSES = {
    **dict.fromkeys(NO_BALANCE, "no_balance"),
    **dict.fromkeys(KEY_REFUSED, "key_refused"),
}
# During a call (document 112804). 200100, its end, does not say how it ended: VoiceReport does.
RINGS, PICKED_UP, KEY = "200201", "200102", "300000"
ON_ITS_WAY = ("200100", "200101", "200102", "200103", "200201")
# How a call ended (documents 55085, 112804): our result, and a cause if the result does not say enough.
RESULTS = {
    "200000": ("hung_up", ""),
    "200001": ("hung_up", ""),
    "200008": ("hung_up", ""),  # no key in time
    "200002": ("busy", ""),
    "200003": ("no_answer", ""),
    "200004": ("wrong_number", ""),
    "200007": ("off", ""),  # out of reach
    "200010": ("off", ""),
    "200011": ("off", "number_out_of_service"),
}
UNREACHABLE = "200005"  # for whatever reason; early media may say which

log = structlog.get_logger(__name__)


def send(message: Message, account: Account) -> Receipt:
    code, keys = spoken.code_for(message, account.config), spoken.menu(message)
    # As it is dialled in mainland China; the provider rings no other.
    dialled = message.address.removeprefix(CHINA)
    if dialled == message.address or not dialled.isdecimal():
        raise PermanentFailure("provider_refused", "abroad", is_about_address=False)
    is_mobile = dialled.startswith("1") and len(dialled) == MOBILE_CHARS
    number = dialled if is_mobile else f"{LANDLINE_PREFIX}{dialled}"
    says = [{"Key": key, "Code": spoken.after_key(key, account.config)} for key in keys]

    def place(ticket: str) -> Receipt:
        told = _call(
            "IvrCall",
            {
                "CalledShowNumber": account.config.get("show_number"),
                "CalledNumber": number,
                "StartCode": code,
                "MenuKeyMap": says,
                "PlayTimes": PLAYS,
                "Timeout": KEY_WAITS,
                "OutId": ticket,
            },
            account,
        )
        if told.get("Code") != OK:
            raise _refusal(str(told.get("Code") or ""))
        return Receipt(reference=str(told.get("CallId") or ""))

    return spoken.place(message, account, LIMITS, place)


def after_lost_reply(account: Account) -> AfterLostReply:
    return AfterLostReply.ASK_A_PERSON


def poll(messages: Sequence[Message], account: Account) -> list[Report]:
    """Ask how calls ended for which nothing was reported. Keys are reported only by webhook.

    A failure at one call does not drop what was found about the others.
    """
    found: list[Report] = []
    for message in messages:
        call = VoiceCall.objects.filter(idempotency_key=message.key).first()
        if call is None or not message.reference:
            continue
        try:
            found += _ended(call, _asked_about(call, message.reference, account))
        except Failure as failure:
            if not found:
                raise  # the account rests, or the network is away: the others can wait as well
            log.warning("call_not_asked_about", account_id=account.pk, cause=failure.cause)
            break
    return found


def _asked_about(call: VoiceCall, reference: str, account: Account) -> Mapping[str, Any]:
    since = call.placed_at - timedelta(minutes=1)
    told = _call(
        "QueryCallDetailByCallId",
        {"CallId": reference, "ProdId": IVR, "QueryDate": int(since.timestamp() * 1000)},
        account,
    )
    if told.get("Code") != OK:  # for this call only; it is asked about again later
        log.warning("call_not_told", account_id=account.pk, code=code_of(told.get("Code")))
        return {}
    try:
        detail = json.loads(told.get("Data") or "{}")
    except (TypeError, ValueError):
        return {}
    return {"status_code": detail.get("state"), **detail} if isinstance(detail, dict) else {}


def read_hook(hook: Hook, account: Account) -> Reports:
    """Read a batch push over HTTP: VoiceCallReport during a call, VoiceReport at its end.

    Nothing is signed. A report counts by its ticket: random, new for each call, known only to the provider,
    in a body that no log of addresses contains.
    """
    reports: list[Report] = []
    for item in hooks.json_list(hook.body):
        call = spoken.call_of(account, spoken.name_of(item.get("out_id")))
        if call is not None:
            # Keys come first: the end of a call in which a key was pressed changes nothing.
            code, keys = str(item.get("status_code") or ""), spoken.keys_of(call, item.get("dtmf"))
            if code == RINGS:
                told = [*keys, spoken.report_of(call, spoken.rang())]
            elif code == PICKED_UP:
                told = [*keys, spoken.report_of(call, spoken.answered())]
            else:
                told = keys if code == KEY else [*keys, *_ended(call, item)]
            reports += told
    answer = json.dumps({"code": 0, "msg": "接收成功"}, ensure_ascii=False)
    return Reports(reports, answer, "application/json")


def _ended(call: VoiceCall, item: Mapping[str, Any]) -> list[Report]:
    code = str(item.get("status_code") or "")
    if not code or code in ON_ITS_WAY:
        return []
    if code == UNREACHABLE:
        code = str(item.get("early_media_code") or code)
    seconds = spoken.number_of(item.get("duration"), digits=5)
    return [spoken.end_of(call, RESULTS, code, seconds)]


def rate_of(account: Account) -> Rate:
    name = f"alibaba_call:{account.config.get('access_key_id') or account.pk}"
    return Rate(name, PER_SECOND, PER_SECOND)


def takes(kind: str, config: dict[str, Any]) -> bool:
    return spoken.takes(kind, config)


def _call(action: str, query: dict[str, Any], account: Account) -> dict[str, Any]:
    from alibabacloud_tea_openapi.client import Client
    from alibabacloud_tea_openapi.utils import Utils
    from alibabacloud_tea_openapi.utils_models import OpenApiRequest, Params
    from darabonba.exceptions import ResponseException
    from darabonba.runtime import RuntimeOptions

    client = cloud.alibaba(account, Client, ENDPOINT)
    params = Params(
        action=action,
        version=VERSION,
        protocol=cloud.address_of(account.config, ENDPOINT).scheme.upper(),
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    request = OpenApiRequest(query=Utils.query(query))
    try:
        told = client.call_api(params, request, RuntimeOptions(autoretry=False)).get("body")
    except ResponseException as error:
        # HTTP 4xx and 5xx carry a code of the gateway in front of all the provider's interfaces.
        code = error.code or ""
        if code.startswith("Throttling"):
            wait = error.retry_after / 1000 if error.retry_after else None  # milliseconds
            raise TemporaryFailure("provider_busy", code_of(code), wait) from error
        # it proves nothing, and we must not call anybody twice
        if (error.status_code or 500) >= 500:
            raise LostReply("provider_error", code_of(code)) from error
        raise _refusal(code) from error
    except Failure:
        raise
    except Exception as error:
        # An answer that is not JSON ends up here too: the call may have been placed.
        raise broken(error) from error
    if not isinstance(told, dict):
        raise LostReply("unexpected_answer", "no object")
    return told


def _refusal(code: str) -> Failure:
    detail = code_of(code)
    if code == FLOW:
        return TemporaryFailure("number_limit", detail, FLOW_SECONDS, is_about_account=False)
    if code in BAD_NUMBER:
        # A format of number that another provider may dial; the end of a call says whether the number exists.
        return PermanentFailure("provider_refused", detail, is_about_address=False)
    if code in CLOSES:
        return TemporaryFailure(CLOSES[code], detail, closes=REST_SECONDS)
    if code.startswith("Throttling"):
        return TemporaryFailure("provider_busy", detail)
    if any(word in code for word in TEMPLATES):
        return PermanentFailure("template_refused", detail, is_about_address=False)
    if code and not code.startswith("isp."):
        return PermanentFailure("provider_refused", detail, is_about_address=False)
    return LostReply("provider_error" if code else "unexpected_answer", detail)


def check_config(config: dict[str, Any]) -> dict[str, str]:
    needed = {
        "access_key_id": _("Alibaba Cloud gives you an AccessKey ID."),
        "show_number": _("The number that you have bought from the provider."),
    }
    return spoken.problems_of(config, needed, ("concern", spoken.THANKS), DOMAINS)


def summary(config: dict[str, Any]) -> str:
    return config.get("show_number") or _("no number yet")
