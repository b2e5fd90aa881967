"""Alibaba Cloud SMS as its documentation describes it: RPC style, ACS3-HMAC-SHA256, SendSms and
QuerySendDetails of version 2017-05-25. The signature is checked with the SDK's own signer.
"""

import hashlib
import json
from types import SimpleNamespace

from alibabacloud_tea_openapi.utils import Utils

from tests.providers.server import Asked, Provider, Say

KEY_ID, SECRET = "LTAI5tTestKey", "not-a-real-secret"
ALGORITHM = "ACS3-HMAC-SHA256"
TEMPLATES = {
    "check_in": {"code": "SMS_1001", "variables": ["school", "path"]},
    "link": {"code": "SMS_1002", "variables": ["path"]},
    "code": {"code": "SMS_1003", "variables": ["code", "minutes"]},
}


class Alibaba(Provider):
    """`states`: SendStatus and ErrCode by key; without one a message still waits (1)."""

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[str, tuple[int, str]] = {}

    def config(self, **more) -> dict:
        return {
            "access_key_id": KEY_ID,
            "sign_name": "黄羊川小学",
            "endpoint": self.url,
            "templates": TEMPLATES,
            "timeout_seconds": 1,
            **more,
        }

    secret = {"access_key_secret": SECRET}

    def answer(self, asked: Asked):
        problem = problem_of(asked)
        if problem:
            self.refused.append(problem)
            return 400, {"Code": "SignatureDoesNotMatch", "Message": problem}, Say()
        if asked.headers["x-acs-action"] == "QuerySendDetails":
            return 200, self._details(asked.query), Say()
        return self._send(asked.query)

    def _send(self, query: dict[str, str]):
        say = self.next_say()
        reference = ""
        if say.takes if say.takes is not None else not say.code and say.status == 200:
            values = json.loads(query["TemplateParam"])
            reference = self.take(
                query["OutId"], query["PhoneNumbers"], query["TemplateCode"], values
            )
        body = {"Code": say.code or "OK", "Message": say.message or "OK", "RequestId": "R-1"}
        if not say.code:
            body["BizId"] = reference
        return say.status, body, say

    def _details(self, query: dict[str, str]):
        mine = [one for one in self.taken if one.phone == query["PhoneNumber"]]
        size, page = int(query["PageSize"]), int(query["CurrentPage"])
        shown = mine[size * (page - 1) : size * page]
        return {
            "Code": "OK",
            "Message": "OK",
            "RequestId": "R-2",
            "TotalCount": str(len(mine)),
            "SmsSendDetailDTOs": {"SmsSendDetailDTO": [self._detail(one) for one in shown]},
        }

    def _detail(self, one):
        status, code = self.states.get(one.key, (1, ""))
        return {
            "OutId": one.key,
            "PhoneNum": one.phone,
            "SendStatus": status,
            "ErrCode": code,
            "TemplateCode": one.template,
            "Content": "【黄羊川小学】…",
            "SendDate": "2026-11-25 18:30:00",
            "ReceiveDate": "2026-11-25 18:30:03",
        }

    def report(self, key: str, code: str = "DELIVERED", words: str = "用户接收成功") -> dict:
        """One item of its batch push over HTTP."""
        taken = next(one for one in self.taken if one.key == key)
        return {
            "phone_number": taken.phone,
            "send_time": "2026-11-25 18:30:00",
            "report_time": "2026-11-25 18:30:03",
            "success": code in ("DELIVERED", "DELIVRD"),
            "err_code": code,
            "err_msg": words,
            "sms_size": "1",
            "biz_id": taken.reference,
            "out_id": key,
        }


def problem_of(asked: Asked) -> str:
    given = asked.headers.get("authorization", "")
    payload = hashlib.sha256(asked.body).hexdigest()
    if asked.headers.get("x-acs-content-sha256") != payload:
        return "hash of the body"
    request = SimpleNamespace(
        method=asked.method, pathname=asked.path, query=asked.query, headers=asked.headers
    )
    # What the client's library added below the SDK was not signed.
    signed = given.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    request.headers = {name: asked.headers[name] for name in signed}
    expected = Utils.get_authorization(request, ALGORITHM, payload, KEY_ID, SECRET)
    if given != expected:
        return f"signature: {given} is not {expected}"
    return "" if asked.headers.get("x-acs-version") == "2017-05-25" else "version"
