"""SMS through Tencent Cloud's SDK (API 2021-01-11, signature TC3-HMAC-SHA256).

`config`: `secret_id`, `sdk_app_id`, `sign_name`, `region`, `templates` (delivery.channels.templates),
`endpoint`, `timeout_seconds`, `per_second`; secret `secret_key`. We send our key as SessionContext. A status
can be asked for only once the network has reported, and only if the provider has activated that: its absence
proves nothing, so after a lost reply the message stays "not known" until a report settles it. README.md.
"""

import json
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

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

KIND = "tencent_sms"
MEANS = "phone"
PARALLEL = 8
ENDPOINT = "sms.tencentcloudapi.com"
DOMAINS = ("tencentcloudapi.com",)  # the provider's other regions
REGION = "ap-guangzhou"
PER_SECOND = 200  # requests; far below what the provider allows an account
POLLS_PER_SECOND = 20  # requests; the provider's limit for PullSmsSendStatusByPhoneNumber
POLL_DAYS = 7  # days for which the provider keeps records
RECORDS_AT_MOST = 100  # in one answer
# Fields of a record that we store.
POLLED = (
    "PhoneNumber",
    "SerialNo",
    "ReportStatus",
    "Description",
    "SessionContext",
    "UserReceiveTime",
)

OK = "ok"
# Codes of api/382/59177 and api/382/52075, read in November 2026.
NO_BALANCE = (
    "FailedOperation.InsufficientBalanceInSmsPackage",
    "UnauthorizedOperation.ServiceSuspendDueToArrears",
)
BAD_NUMBER = ("InvalidParameterValue.IncorrectPhoneNumber",)
NUMBER_REFUSES = ("FailedOperation.PhoneNumberInBlacklist",)
ACCOUNT_LIMIT = (
    "LimitExceeded.DailyLimit",
    "LimitExceeded.AppDailyLimit",
    "LimitExceeded.AppCountryOrRegionDailyLimit",
    "LimitExceeded.AppCountryOrRegionInBlacklist",
    "LimitExceeded.AppGlobalDailyLimit",
)
# The account cannot send at all for now.
CLOSES = {
    **dict.fromkeys(NO_BALANCE, "no_balance"),
    **dict.fromkeys(ACCOUNT_LIMIT, "provider_limit"),
}
# For this number: seconds until we may write again. None: not today over this account.
NUMBER_LIMITS = {
    "LimitExceeded.PhoneNumberThirtySecondLimit": 30.0,
    "LimitExceeded.DeliveryFrequencyLimit": 60.0,
    "LimitExceeded.PhoneNumberOneHourLimit": 3600.0,
    "LimitExceeded.PhoneNumberDailyLimit": None,
    "LimitExceeded.PhoneNumberSameContentDailyLimit": None,
}
MAYBE_SENT = ("InternalError.Timeout",)
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


def send(message: Message, account: Account) -> Receipt:
    from tencentcloud.sms.v20210111 import models

    filled = templates.fill(message, account.config)
    request = models.SendSmsRequest()
    request.PhoneNumberSet = [message.address]
    request.SmsSdkAppId = account.config.get("sdk_app_id")
    request.SignName = account.config.get("sign_name")
    request.TemplateId = filled.code
    request.TemplateParamSet = [value for _name, value in filled.values]
    request.SessionContext = message.key
    statuses = _call("SendSms", request, account).SendStatusSet or []
    if not statuses:
        raise LostReply("unexpected_answer", "no status")
    if (statuses[0].Code or "").lower() != OK:
        raise _refusal(statuses[0].Code or "")
    return Receipt(reference=statuses[0].SerialNo or "")


def look_up(message: Message, account: Account) -> Receipt | None:
    raise NotImplementedError("an absent status proves nothing")


def after_lost_reply(account: Account) -> AfterLostReply:
    return AfterLostReply.ASK_A_PERSON


def poll(messages: Sequence[Message], account: Account) -> list[Report]:
    """Ask by number. This also settles messages whose reply was lost, by our key in SessionContext."""
    from tencentcloud.sms.v20210111 import models

    reports = []
    for turn, message in enumerate(messages):
        if turn:
            time.sleep(1 / POLLS_PER_SECOND)
        now = timezone.now()
        sent_at = max(message.sent_at or now, now - timedelta(days=POLL_DAYS))
        request = models.PullSmsSendStatusByPhoneNumberRequest()
        request.SendDateTime = int((sent_at - timedelta(minutes=1)).timestamp())
        request.Offset = 0
        request.Limit = RECORDS_AT_MOST
        request.PhoneNumber = message.address
        request.SmsSdkAppId = account.config.get("sdk_app_id")
        told = _call("PullSmsSendStatusByPhoneNumber", request, account)
        for status in told.PullSmsSendStatusSet or []:
            is_ours = status.SessionContext == message.key
            if is_ours or (message.reference and status.SerialNo == message.reference):
                raw = {name: getattr(status, name) for name in POLLED}
                is_delivered = status.ReportStatus == "SUCCESS"
                reference, words = status.SerialNo or "", status.Description or ""
                reports.append(_report(is_delivered, message.key, reference, "", words, raw))
    return reports


def read_hook(hook: Hook, account: Account) -> Reports:
    """Read a status callback, a JSON list. It has no signature, so it is only a reason to ask now."""
    items = hooks.json_list(hook.body)
    reports = [
        _report(
            item.get("report_status") == "SUCCESS",
            "",
            str(item.get("sid") or ""),
            str(item.get("errmsg") or ""),
            str(item.get("description") or ""),
            item,
        )
        for item in items
    ]
    return Reports(
        reports, json.dumps({"result": 0, "errmsg": "OK"}), "application/json", is_proof=False
    )


def _report(
    is_delivered: bool, key: str, reference: str, code: str, words: str, raw: Mapping[str, Any]
) -> Report:
    cause = "" if is_delivered else carriers.cause_of(code, words)
    verdict = "delivered" if is_delivered else "failed"
    return Report(verdict, key, reference, cause, code, words, raw)


def rate_of(account: Account) -> Rate:
    per_second = float(account.config.get("per_second") or PER_SECOND)
    name = f"tencent:{account.config.get('secret_id') or account.pk}"
    return Rate(name, per_second, max(int(per_second), 1))


def _call(method: str, request: Any, account: Account) -> Any:
    from tencentcloud.common.exception.tencent_cloud_sdk_exception import (
        TencentCloudSDKException,
    )
    from tencentcloud.sms.v20210111.sms_client import SmsClient

    client = cloud.tencent(account, SmsClient, ENDPOINT, REGION)
    try:
        return getattr(client, method)(request)
    except TencentCloudSDKException as error:
        code = error.code or ""
        if code == NO_200:
            raise TemporaryFailure("provider_error", NO_200, is_sure=False) from error
        if code.partition(".")[0] not in CLASSES:
            raise broken(error) from error
        raise _refusal(code) from error
    except Exception as error:
        # An answer that is not JSON, or was cut off, ends up here: the message may have been sent.
        raise broken(error) from error


def _refusal(code: str) -> Failure:
    detail = code_of(code)
    if seconds := NUMBER_LIMITS.get(code):
        return TemporaryFailure("number_limit", detail, seconds, is_about_account=False)
    if code in NUMBER_LIMITS:
        return PermanentFailure("number_limit", detail, is_about_address=False)
    if code in BAD_NUMBER:
        return PermanentFailure("no_such_number", detail)
    if code in NUMBER_REFUSES:
        return PermanentFailure("number_refuses", detail)
    if code in CLOSES:
        return TemporaryFailure(CLOSES[code], detail, closes=REST_SECONDS)
    if code.startswith("RequestLimitExceeded"):
        return TemporaryFailure("provider_busy", detail, 1.0)
    if code.startswith(("AuthFailure", "UnauthorizedOperation")):
        return TemporaryFailure("key_refused", detail, closes=REST_SECONDS)
    if code in MAYBE_SENT:
        return LostReply("timeout", detail)
    if code.startswith("InternalError"):
        return TemporaryFailure("provider_error", detail, is_sure=False)
    return PermanentFailure("template_refused", detail, is_about_address=False)


def check_config(config: dict[str, Any]) -> dict[str, str]:
    problems = {}
    if not config.get("secret_id"):
        problems["secret_id"] = _("Tencent Cloud gives you a SecretId.")
    if not str(config.get("sdk_app_id") or "").isdecimal():
        problems["sdk_app_id"] = _("The SDK AppID of the SMS application: digits only.")
    if not config.get("sign_name"):
        problems["sign_name"] = _(
            "The signature that Tencent Cloud has approved, without brackets."
        )
    if problem := problem_of_endpoint(config, DOMAINS):
        problems["endpoint"] = problem
    return problems | templates.problems_of(config)


def summary(config: dict[str, Any]) -> str:
    return config.get("sign_name") or _("no signature yet")
