"""SMS through Alibaba Cloud's SDK (Dysmsapi 2017-05-25, signature ACS3-HMAC-SHA256).

`config`: `access_key_id`, `sign_name`, `templates` (delivery.channels.templates), `endpoint`,
`timeout_seconds`, `per_second`; secret `access_key_secret`. SendSms is not idempotent: after a lost reply we
ask QuerySendDetails for our key, which we send as OutId. What the provider promises: README.md.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from delivery.channels import carriers, cloud, hooks, templates
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
from delivery.channels.outgoing import problem_of_endpoint

KIND = "alibaba_sms"
MEANS = "phone"
PARALLEL = 8
ENDPOINT = "dysmsapi.aliyuncs.com"
DOMAINS = ("aliyuncs.com",)  # the provider's other regions
PER_SECOND = 200  # requests; far below what the provider allows an account
LOOK_UP_AFTER_SECONDS = 60  # a record may appear late: before that, "not there" proves nothing
PAGE_SIZE = 50  # records of one look-up; the provider's maximum
PAGES_AT_MOST = 4  # 200 messages to one number on one day; the provider refuses long before that
MIDNIGHT_MINUTES = 10  # minutes; a message sent just before midnight may be recorded after it
CHINA = ZoneInfo("Asia/Shanghai")

OK = "OK"
# Codes of document 101346, read in November 2026.
BAD_NUMBER = ("isv.MOBILE_NUMBER_ILLEGAL", "isv.MOBILE_COUNT_OVER_LIMIT")
NO_BALANCE = ("isv.AMOUNT_NOT_ENOUGH", "isv.OUT_OF_SERVICE")
ACCOUNT_LIMIT = ("isv.DAY_LIMIT_CONTROL", "isv.MONTH_LIMIT_CONTROL")
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
# The account cannot send at all for now.
CLOSES = {
    **dict.fromkeys(NO_BALANCE, "no_balance"),
    **dict.fromkeys(ACCOUNT_LIMIT, "provider_limit"),
    **dict.fromkeys(KEY_REFUSED, "key_refused"),
}
FLOW = "isv.BUSINESS_LIMIT_CONTROL"
# The message names the window: minute, hour or day (级 = level).
FLOW_WINDOWS = (("分钟", 60.0), ("小时", 3600.0))
STATUS_DELIVERED, STATUS_FAILED = 3, 2  # SendStatus; 1 = waits for the network's report


def send(message: Message, account: Account) -> Receipt:
    from alibabacloud_dysmsapi20170525 import models

    filled = templates.fill(message, account.config)
    request = models.SendSmsRequest(
        phone_numbers=_number(message.address),
        sign_name=account.config.get("sign_name"),
        template_code=filled.code,
        template_param=json.dumps(dict(filled.values), ensure_ascii=False),
        out_id=message.key,
    )
    body = _call("send_sms_with_options", request, account)
    if body.code != OK:
        raise _refusal(body.code or "", body.message or "")
    return Receipt(reference=body.biz_id or "")


def look_up(message: Message, account: Account) -> Receipt | None:
    """Return whether the provider sent our key to this number on that day (or the next)."""
    for record in _records(message, account):
        if record.out_id == message.key:
            return Receipt(message.reference, is_delivered=record.send_status == STATUS_DELIVERED)
    sent_at = message.sent_at
    if sent_at and timezone.now() - sent_at < timedelta(seconds=LOOK_UP_AFTER_SECONDS):
        raise TemporaryFailure("not_known_yet", is_about_account=False)
    return None


def poll(messages: Sequence[Message], account: Account) -> list[Report]:
    reports = []
    for message in messages:
        record = next(
            (one for one in _records(message, account) if one.out_id == message.key), None
        )
        if record is not None and record.send_status in (STATUS_DELIVERED, STATUS_FAILED):
            told = record.to_map()
            told.pop("Content", None)  # the text contains a link that opens a page: do not store it
            is_delivered = record.send_status == STATUS_DELIVERED
            key, code = str(told.get("OutId") or ""), str(told.get("ErrCode") or "")
            reports.append(_report(is_delivered, key, "", code, "", told))
    return reports


def _records(message: Message, account: Account) -> Iterator[Any]:
    from alibabacloud_dysmsapi20170525 import models

    # The day in China on which it was sent, and the next day if midnight is near.
    sent_at = (message.sent_at or timezone.now()).astimezone(CHINA)
    days = {sent_at.date(), (sent_at + timedelta(minutes=MIDNIGHT_MINUTES)).date()}
    for day in sorted(days):
        for page in range(1, PAGES_AT_MOST + 1):
            request = models.QuerySendDetailsRequest(
                phone_number=_number(message.address),
                send_date=f"{day:%Y%m%d}",
                page_size=PAGE_SIZE,
                current_page=page,
            )
            body = _call("query_send_details_with_options", request, account)
            if body.code != OK:
                raise TemporaryFailure("provider_error", code_of(body.code))
            found = body.sms_send_detail_dtos
            records = (found.sms_send_detail_dto if found else None) or []
            yield from records
            if len(records) < PAGE_SIZE:
                break


def read_hook(hook: Hook, account: Account) -> Reports:
    """Read a batch push over HTTP ("SmsReport"), a JSON list.

    It has no signature, so it is only a reason to ask now.
    """
    items = hooks.json_list(hook.body)
    reports = [
        _report(
            item.get("success") is True,
            str(item.get("out_id") or ""),
            str(item.get("biz_id") or ""),
            str(item.get("err_code") or ""),
            str(item.get("err_msg") or ""),
            item,
        )
        for item in items
    ]
    answer = json.dumps({"code": 0, "msg": "接收成功"}, ensure_ascii=False)
    return Reports(reports, answer, "application/json", is_proof=False)


def _report(
    is_delivered: bool, key: str, reference: str, code: str, words: str, raw: Mapping[str, Any]
) -> Report:
    cause = "" if is_delivered else carriers.cause_of(code, words)
    verdict = "delivered" if is_delivered else "failed"
    return Report(verdict, key, reference, cause, code, words, raw)


def after_lost_reply(account: Account) -> AfterLostReply:
    return AfterLostReply.LOOK_UP


def rate_of(account: Account) -> Rate:
    per_second = float(account.config.get("per_second") or PER_SECOND)
    name = f"alibaba:{account.config.get('access_key_id') or account.pk}"
    return Rate(name, per_second, max(int(per_second), 1))


def _call(method: str, request: Any, account: Account) -> Any:
    from alibabacloud_dysmsapi20170525.client import Client
    from darabonba.exceptions import ResponseException
    from darabonba.runtime import RuntimeOptions

    client = cloud.alibaba(account, Client, ENDPOINT)
    try:
        return getattr(client, method)(request, RuntimeOptions(autoretry=False)).body
    except ResponseException as error:
        # HTTP 4xx and 5xx carry a code of the gateway in front of all the provider's interfaces.
        code, words = error.code or "", f"{error.message}"
        if code.startswith("Throttling"):
            wait = error.retry_after / 1000 if error.retry_after else None  # milliseconds
            raise TemporaryFailure("provider_busy", code_of(code), wait) from error
        if (error.status_code or 500) >= 500:
            raise TemporaryFailure("provider_error", code_of(code), is_sure=False) from error
        raise _refusal(code, words) from error
    except Failure:
        raise
    except Exception as error:
        # An answer that is not JSON ends up here too: the message may have been sent.
        raise broken(error) from error


def _refusal(code: str, words: str) -> Failure:
    detail = code_of(code)
    if code == FLOW:
        # Too many to this number: try again after a minute or an hour; for the rest of the day only another
        # account may.
        for word, seconds in FLOW_WINDOWS:
            if word in words:
                return TemporaryFailure("number_limit", detail, seconds, is_about_account=False)
        return PermanentFailure("number_limit", detail, is_about_address=False)
    if code in BAD_NUMBER:
        return PermanentFailure("no_such_number", detail)
    if code in CLOSES:
        return TemporaryFailure(CLOSES[code], detail, closes=REST_SECONDS)
    if code.startswith("Throttling"):
        return TemporaryFailure("provider_busy", detail)
    if code.startswith("isp."):
        return TemporaryFailure("provider_error", detail, is_sure=False)
    if code.startswith("isv."):
        return PermanentFailure("template_refused", detail, is_about_address=False)
    if code:
        return PermanentFailure("provider_refused", detail, is_about_address=False)
    return LostReply("unexpected_answer", detail)


def _number(address: str) -> str:
    """Return numbers of mainland China without a prefix, others as country code and number."""
    return address.removeprefix("+86") if address.startswith("+86") else address.removeprefix("+")


def check_config(config: dict[str, Any]) -> dict[str, str]:
    problems = {}
    if not config.get("access_key_id"):
        problems["access_key_id"] = _("Alibaba Cloud gives you an AccessKey ID.")
    if not config.get("sign_name"):
        problems["sign_name"] = _(
            "The signature that Alibaba Cloud has approved, without brackets."
        )
    if problem := problem_of_endpoint(config, DOMAINS):
        problems["endpoint"] = problem
    return problems | templates.problems_of(config)


def summary(config: dict[str, Any]) -> str:
    return config.get("sign_name") or _("no signature yet")
