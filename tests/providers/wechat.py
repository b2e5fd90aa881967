"""The official account platform as its documentation describes it: stable_token, the three ways to send,
media, and its own requests to our address (plain and in safe mode), encrypted here by hand.
"""

import base64
import hashlib
import json
import os
import struct
import time
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.providers.server import Asked, Provider, Say

APP_ID, SECRET, TOKEN = "wx0123456789abcdef", "not-a-real-secret", "HookToken1"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"  # of the published example
ONE_TIME = "1uDxHNXwYQfBmXOfPJcjAS3FynHArD8aWMEFNRGSbCc"
TEMPLATES = {
    "check_in": {"code": "T-ask", "fields": [["thing1", "school"], ["thing2", "subject"]]},
}
SENDS = (
    "/cgi-bin/message/template/send",
    "/cgi-bin/message/template/subscribe",
    "/cgi-bin/message/subscribe/bizsend",
)


class Wechat(Provider):
    """`says` are for sending; `token_says` for the token. `media`: bytes by number."""

    secret = {"app_secret": SECRET, "hook_token": TOKEN, "aes_key": AES_KEY}

    def __init__(self) -> None:
        super().__init__()
        self.tokens: list[str] = []
        self.token_says: list[Say] = []
        self.token_delay = 0.0  # seconds
        self.media: dict[str, bytes] = {}
        self.keys: list[str] = []  # client_msg_id of what was taken

    def config(self, **more) -> dict:
        return {
            "app_id": APP_ID,
            "mode": "template",
            "templates": TEMPLATES,
            "one_time_template": ONE_TIME,
            "endpoint": self.url,
            "timeout_seconds": 1,
            **more,
        }

    def expire_token(self) -> None:
        """As after a reset: the token that was given out is no longer good."""
        self.tokens.append(f"token-{len(self.tokens) + 1}")

    def answer(self, asked: Asked):
        if asked.path == "/cgi-bin/stable_token":
            return self._token(json.loads(asked.body))
        if asked.query.get("access_token") not in self.tokens[-1:]:
            return 200, {"errcode": 40001, "errmsg": "invalid credential"}, Say()
        if asked.path == "/cgi-bin/media/get":
            return self._media(asked.query["media_id"])
        if asked.path not in SENDS:
            return 404, {}, Say()
        return self._send(asked.path, json.loads(asked.body))

    def _token(self, data: dict[str, Any]):
        if self.token_says:
            say = self.token_says.pop(0)
            return say.status, {"errcode": int(say.code or 0), "errmsg": say.message}, say
        if (data["grant_type"], data["appid"]) != ("client_credential", APP_ID):
            return 200, {"errcode": 40013, "errmsg": "invalid appid"}, Say()
        if data["secret"] != SECRET:
            return 200, {"errcode": 40125, "errmsg": "invalid appsecret"}, Say()
        if data["force_refresh"] or not self.tokens:
            self.expire_token()
        given = {"access_token": self.tokens[-1], "expires_in": 7200}
        return 200, given, Say(delay=self.token_delay)

    def _media(self, media_id: str):
        if media_id not in self.media:
            return 200, {"errcode": 40007, "errmsg": "invalid media_id"}, Say()
        say = Say(headers={"Content-Type": "application/octet-stream"})
        return 200, self.media[media_id], say

    def _send(self, path: str, data: dict[str, Any]):
        say = self.next_say()
        reference = ""
        if say.takes if say.takes is not None else not say.code and say.status == 200:
            reference = self.take(
                data.get("client_msg_id", ""), data["touser"], data["template_id"], data
            )
        body = {"errcode": int(say.code or 0), "errmsg": say.message or "ok"}
        if reference and path == SENDS[0]:
            body["msgid"] = int(reference.split("^")[0])
        return say.status, body, say

    # --- What it sends to us ---------------------------------------------------------------------

    def text(self, open_id: str, content: str, msg_id: int = 23456789012345678) -> str:
        return self.xml(open_id, "text", Content=content, MsgId=msg_id)

    def event(self, open_id: str, name: str, **more) -> str:
        return self.xml(open_id, "event", Event=name, **more)

    def xml(self, open_id: str, kind: str, **more) -> str:
        told = {
            "ToUserName": "gh_123456789abc",
            "FromUserName": open_id,
            "CreateTime": int(time.time()),
            "MsgType": kind,
            **more,
        }
        inside = "".join(
            f"<{name}>{value if str(value).startswith('<') else f'<![CDATA[{value}]]>'}</{name}>"
            for name, value in told.items()
        )
        return f"<xml>{inside}</xml>"

    def safe(self, xml: str, app_id: str = APP_ID) -> tuple[str, str]:
        """Query and body in safe mode."""
        sealed = encrypt(xml, app_id)
        stamp, nonce = str(int(time.time())), "n0nce"
        signature = sign(TOKEN, stamp, nonce, sealed)
        body = f"<xml><ToUserName>gh_1</ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        query = f"timestamp={stamp}&nonce={nonce}&encrypt_type=aes&msg_signature={signature}"
        return query, body

    def plain(self, xml: str) -> tuple[str, str]:
        stamp, nonce = str(int(time.time())), "n0nce"
        return f"signature={sign(TOKEN, stamp, nonce)}&timestamp={stamp}&nonce={nonce}", xml


def sign(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def encrypt(text: str, app_id: str, aes_key: str = AES_KEY) -> str:
    key, content = base64.b64decode(aes_key + "="), text.encode()
    plain = os.urandom(16) + struct.pack("!I", len(content)) + content + app_id.encode()
    more = 32 - len(plain) % 32
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    sealed = encryptor.update(plain + bytes([more]) * more) + encryptor.finalize()
    return base64.b64encode(sealed).decode()
