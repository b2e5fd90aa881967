"""WeCom as its documentation describes it: gettoken, school notices, the list of parents by class."""

import json

from tests.providers.server import Asked, Provider, Say

CORP_ID, SECRET, AGENT = "ww0123456789abcdef", "not-a-real-secret", 1000002
SEND = "/cgi-bin/externalcontact/message/send"


class Wecom(Provider):
    """`says` are for sending. `classes`: parents by number of the class; `unknown`: nobody's numbers."""

    secret = {"corp_secret": SECRET}

    def __init__(self) -> None:
        super().__init__()
        self.tokens: list[str] = []
        self.classes: dict[int, list[dict]] = {}
        self.unknown: set[str] = set()
        self.contacts_say = Say()
        self._seen: set[bytes] = set()

    def config(self, **more) -> dict:
        return {
            "corp_id": CORP_ID,
            "agent_id": str(AGENT),
            "endpoint": self.url,
            "timeout_seconds": 1,
            **more,
        }

    def parent(self, parent_id: str, mobile: str, *, follows: bool = True) -> dict:
        children = [{"student_userid": "s1", "relation": "妈妈", "name": "某"}]
        return {
            "parent_userid": parent_id,
            "mobile": mobile,
            "is_subscribe": int(follows),
            "children": children,
        }

    def expire_token(self) -> None:
        self.tokens.append(f"token-{len(self.tokens) + 1}")

    def answer(self, asked: Asked):
        if asked.path == "/cgi-bin/gettoken":
            return self._token(asked.query)
        if asked.query.get("access_token") not in self.tokens[-1:]:
            return 200, {"errcode": 42001, "errmsg": "access_token expired"}, Say()
        if asked.path == SEND:
            return self._send(asked.body)
        return self._contacts(asked)

    def _token(self, query: dict[str, str]):
        if query.get("corpid") != CORP_ID:
            return 200, {"errcode": 40013, "errmsg": "invalid corpid"}, Say()
        if query.get("corpsecret") != SECRET:
            return 200, {"errcode": 40001, "errmsg": "invalid credential"}, Say()
        if not self.tokens:
            self.expire_token()
        given = {"errcode": 0, "errmsg": "ok", "access_token": self.tokens[-1], "expires_in": 7200}
        return 200, given, Say()

    def _send(self, body: bytes):
        say, data = self.next_say(), json.loads(body)
        if data["agentid"] != AGENT:
            return 200, {"errcode": 40056, "errmsg": "invalid agentid"}, say
        wrong = [one for one in data["to_parent_userid"] if one in self.unknown]
        takes = say.takes if say.takes is not None else not say.code and say.status == 200
        is_repeat = data["enable_duplicate_check"] and body in self._seen
        if takes and not wrong and not is_repeat:
            self._seen.add(body)
            self.take("", data["to_parent_userid"][0], data["msgtype"], data)
        words = {"errcode": int(say.code or 0), "errmsg": say.message or "ok"}
        return say.status, words | {"invalid_parent_userid": wrong}, say

    def _contacts(self, asked: Asked):
        say = self.contacts_say
        if say.code:
            return 200, {"errcode": int(say.code), "errmsg": say.message}, say
        fine = {"errcode": 0, "errmsg": "ok"}
        if asked.path == "/cgi-bin/school/department/list":
            rows = [{"id": one, "name": f"{one}班", "parentid": 1} for one in self.classes]
            return 200, fine | {"departments": rows}, say
        if asked.path == "/cgi-bin/school/user/list_parent":
            mine = self.classes.get(int(asked.query["department_id"]), [])
            return 200, fine | {"parents": mine}, say
        return 404, {}, say
