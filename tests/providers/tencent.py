"""Tencent Cloud SMS as its documentation describes it: API 3.0, TC3-HMAC-SHA256, SendSms and
PullSmsSendStatusByPhoneNumber of version 2021-01-11. Signed again with the SDK's own signer.
"""

import hashlib
import json
from datetime import UTC, datetime

from tencentcloud.common.sign import Sign

from tests.providers.server import Asked, Provider, Say

SECRET_ID, SECRET = "AKIDTestSecretId", "not-a-real-secret"
TEMPLATES = {
    "check_in": {"code": "2001", "variables": ["school", "path"]},
    "link": {"code": "2002", "variables": ["path"]},
    "code": {"code": "2003", "variables": ["code", "minutes"]},
}


class Tencent(Provider):
    """`states`: ReportStatus and Description by key: only what the network has reported shows up."""

    secret = {"secret_key": SECRET}

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[str, tuple[str, str]] = {}

    def config(self, **more) -> dict:
        return {
            "secret_id": SECRET_ID,
            "sdk_app_id": "1400006666",
            "sign_name": "黄羊川小学",
            "endpoint": self.url,
            "templates": TEMPLATES,
            "timeout_seconds": 1,
            **more,
        }

    def answer(self, asked: Asked):
        problem = problem_of(asked)
        if problem:
            self.refused.append(problem)
            return 200, error("AuthFailure.SignatureFailure", problem), Say()
        data = json.loads(asked.body)
        if asked.headers["x-tc-action"] == "PullSmsSendStatusByPhoneNumber":
            return 200, self._statuses(data), Say()
        return self._send(data)

    def _send(self, data: dict):
        say = self.next_say()
        phone, reference = data["PhoneNumberSet"][0], ""
        if say.takes if say.takes is not None else not say.code and say.status == 200:
            reference = self.take(
                data["SessionContext"], phone, data["TemplateId"], data["TemplateParamSet"]
            )
        if say.code and "/" not in say.code:
            return say.status, error(say.code, say.message), say
        # A leading slash marks what stands in the number's own status.
        status = {
            "SerialNo": reference,
            "PhoneNumber": phone,
            "Fee": 0 if say.code else 1,
            "SessionContext": data["SessionContext"],
            "Code": say.code.strip("/") or "Ok",
            "Message": say.message or "send success",
            "IsoCode": "CN",
        }
        return say.status, {"Response": {"SendStatusSet": [status], "RequestId": "R-1"}}, say

    def _statuses(self, data: dict):
        shown = [
            {
                "UserReceiveTime": 1764067803,
                "CountryCode": "86",
                "SubscriberNumber": one.phone[3:],
                "PhoneNumber": one.phone,
                "SerialNo": one.reference,
                "ReportStatus": self.states[one.key][0],
                "Description": self.states[one.key][1],
                "SessionContext": one.key,
            }
            for one in self.taken
            if one.phone == data["PhoneNumber"] and one.key in self.states
        ]
        return {"Response": {"PullSmsSendStatusSet": shown, "RequestId": "R-2"}}

    def report(self, key: str, code: str = "DELIVRD", words: str = "用户短信送达成功") -> dict:
        """One item of its status callback."""
        taken = next(one for one in self.taken if one.key == key)
        return {
            "user_receive_time": "2026-11-25 18:30:03",
            "nationcode": "86",
            "mobile": taken.phone[3:],
            "report_status": "SUCCESS" if code == "DELIVRD" else "FAIL",
            "errmsg": code,
            "description": words,
            "sid": taken.reference,
        }


def error(code: str, message: str) -> dict:
    return {"Response": {"Error": {"Code": code, "Message": message}, "RequestId": "R-3"}}


def problem_of(asked: Asked, service: str = "sms", version: str = "2021-01-11") -> str:
    headers = asked.headers
    stamp = headers.get("x-tc-timestamp", "0")
    date = datetime.fromtimestamp(int(stamp), UTC).strftime("%Y-%m-%d")
    canonical = "\n".join(
        [
            asked.method,
            asked.path,
            "",
            f"content-type:{headers.get('content-type')}\nhost:{headers.get('host')}\n",
            "content-type;host",
            hashlib.sha256(asked.body).hexdigest(),
        ]
    )
    scope = f"{date}/{service}/tc3_request"
    text = f"TC3-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    expected = (
        f"TC3-HMAC-SHA256 Credential={SECRET_ID}/{scope}, SignedHeaders=content-type;host, "
        f"Signature={Sign.sign_tc3(SECRET, date, service, text)}"
    )
    if headers.get("authorization") != expected:
        return f"signature: {headers.get('authorization')} is not {expected}"
    return "" if headers.get("x-tc-version") == version else "version"
