"""Alibaba Cloud Voice as its documentation describes it: IvrCall and QueryCallDetailByCallId of version
2017-05-25, signed as its SMS. Its phones do what a test tells them; reports come by HTTP batch push.
"""

import json
from typing import Any

from tests.providers.alibaba import KEY_ID, SECRET, problem_of
from tests.providers.server import Asked, Provider, Say

SPOKEN = {
    "concern": "TTS_1",
    "at_home": "TTS_2",
    "nearby": "TTS_3",
    "check_in": "TTS_5",
    "test": "TTS_4",
    "thanks": "TTS_9",
}
IVR = "11000000300005"


class AlibabaCalls(Provider):
    """`states`: the state by ticket of calls that have ended, for whoever asks."""

    secret = {"access_key_secret": SECRET}

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[str, tuple[str, int]] = {}
        self.menus: dict[str, dict[str, str]] = {}

    tells_nothing_of: frozenset[str] = frozenset()  # CallIds

    def config(self, **more) -> dict:
        return {
            "access_key_id": KEY_ID,
            "show_number": "02812345678",
            "endpoint": self.url,
            "spoken": SPOKEN,
            "timeout_seconds": 1,
            **more,
        }

    def answer(self, asked: Asked):
        problem = problem_of(asked)
        if problem:
            self.refused.append(problem)
            return 400, {"Code": "SignatureDoesNotMatch", "Message": problem}, Say()
        if asked.headers["x-acs-action"] == "QueryCallDetailByCallId":
            return 200, self._detail(asked.query), Say()
        if not 1 <= len(asked.query["OutId"].encode()) <= 15:
            self.refused.append("OutId")
        return self._place(asked.query)

    def _place(self, query: dict[str, str]):
        say, reference = self.next_say(), ""
        if say.takes if say.takes is not None else not say.code and say.status == 200:
            ticket = query["OutId"]
            self.menus[ticket] = {
                value: query[f"MenuKeyMap.{name.split('.')[1]}.Code"]
                for name, value in query.items()
                if name.startswith("MenuKeyMap.") and name.endswith(".Key")
            }
            reference = self.take(ticket, query["CalledNumber"], query["StartCode"], query)
        body = {"Code": say.code or "OK", "Message": say.message or "OK", "RequestId": "R-1"}
        return say.status, body | ({} if say.code else {"CallId": reference}), say

    def _detail(self, query: dict[str, str]) -> dict[str, Any]:
        one = next((one for one in self.taken if one.reference == query["CallId"]), None)
        if query["CallId"] in self.tells_nothing_of:
            return {"Code": "isv.INVALID_PARAMETERS", "Message": "?", "RequestId": "R-3"}
        if one is None or query["ProdId"] != IVR or one.key not in self.states:
            return {"Code": "OK", "Message": "OK", "RequestId": "R-2"}
        state, seconds = self.states[one.key]
        data = {"state": state, "stateDesc": state, "duration": seconds, "callee": one.phone}
        return {"Code": "OK", "Message": "OK", "RequestId": "R-2", "Data": json.dumps(data)}

    def happens(self, place: int, code: str, **more) -> dict[str, str]:
        """One item of VoiceCallReport about the call that was taken at this place."""
        taken = self.taken[place]
        return {
            "call_id": taken.reference,
            "out_id": taken.key,
            "status_code": code,
            "status_time": "2026-11-30 18:30:00",
            **more,
        }

    def ends(self, place: int, code: str, duration: int = 0, **more) -> dict[str, str]:
        """One item of VoiceReport."""
        told = self.happens(place, code, **more)
        told.pop("status_time")
        return told | {
            "callee": self.taken[place].phone,
            "duration": str(duration),
            "voice_type": "voice",
            "hangup_direction": "用户",
            "end_time": "2026-11-30 18:31:00",
        }

    @staticmethod
    def post(client, account, items):
        return client.post(
            f"/hooks/{account.pk}/{account.hook_key}/",
            json.dumps(items),
            content_type="application/json",
        )
