"""Tencent Cloud's voice messages as its documentation describes them: SendTtsVoice of version 2020-09-02,
signed as its SMS. What becomes of a call it tells by callbacks.
"""

import json
from uuid import uuid4

from tests.providers.server import Asked, Provider, Say, Taken
from tests.providers.tencent import SECRET, SECRET_ID, error, problem_of

SPOKEN = {
    "concern": "4001",
    "at_home": "4002",
    "nearby": "4003",
    "test": "4004",
    "check_in": "4005",
}


class TencentCalls(Provider):
    secret = {"secret_key": SECRET}

    def config(self, **more) -> dict:
        return {
            "secret_id": SECRET_ID,
            "sdk_app_id": "1400006666",
            "endpoint": self.url,
            "spoken": SPOKEN,
            "timeout_seconds": 1,
            **more,
        }

    def answer(self, asked: Asked):
        problem = problem_of(asked, "vms", "2020-09-02")
        if problem or asked.headers["x-tc-action"] != "SendTtsVoice":
            self.refused.append(problem or "action")
            return 200, error("AuthFailure.SignatureFailure", problem), Say()
        data, say, reference = json.loads(asked.body), self.next_say(), ""
        if say.takes if say.takes is not None else not say.code and say.status == 200:
            reference = str(uuid4())
            with self._lock:
                ticket, phone = data["SessionContext"], data["CalledNumber"]
                self.taken.append(Taken(ticket, phone, data["TemplateId"], data, reference))
        if say.code:
            return say.status, error(say.code, say.message), say
        status = {"CallId": reference, "SessionContext": data["SessionContext"]}
        return say.status, {"Response": {"SendStatus": status, "RequestId": "R-1"}}, say

    def tells(self, place: int, name: str, **part) -> dict:
        """One callback about the call that was taken at this place."""
        taken = self.taken[place]
        known = {"callid": taken.reference, "mobile": taken.phone[3:], "nationcode": "86"}
        return {name: {"call_from": "", **known, **part}}

    def presses(self, place: int, digit: str) -> dict:
        return self.tells(place, "voicekey_callback", keypress=digit)

    def picks_up(self, place: int, seconds: int = 20) -> dict:
        times = {"accept_time": "1764067800", "end_calltime": str(1764067800 + seconds)}
        return self.tells(place, "voiceprompt_callback", result="0", fee="1", **times)

    @staticmethod
    def post(client, account, told):
        return client.post(
            f"/hooks/{account.pk}/{account.hook_key}/",
            json.dumps(told),
            content_type="application/json",
        )
