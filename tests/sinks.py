"""Real servers that take messages and remember them: HTTP as an SMS gateway, SMTP as a mail server.

`python -m tests.sinks` runs the gateway alone and prints its port; `GET /log` returns what it took.
"""

import asyncio
import json
import socket
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote_plus, urlsplit

from aiosmtpd.controller import Controller

HOST = "127.0.0.1"


@dataclass
class Answer:
    """How the gateway treats a request. `takes`: the message is taken, whatever the reply says."""

    status: int = 200
    body: str = '{"Code": "OK"}'
    delay: float = 0.0  # seconds before the reply
    takes: bool = True
    headers: dict[str, str] = field(default_factory=dict)
    hangs_up: bool = False


@dataclass(frozen=True)
class Taken:
    key: str
    phone: str
    text: str


class HttpSink:
    """A gateway: POST /sms (form: phone, text, key), GET /look-up?key=…, GET /log.

    `answers` are used up one by one, then `default` holds. `look_up_delay`: seconds before a look-up's reply.
    """

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.requests = 0
        self.answers: list[Answer] = []
        self.default = Answer()
        self.look_up_delay = 0.0
        self.look_ups = 0
        self.looked_up = ""  # of a message that is known, in place of its key
        self.port = 0
        self.arrived = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._started = threading.Event()

    def __enter__(self) -> "HttpSink":
        self._thread.start()
        self._started.wait(5)
        return self

    def __exit__(self, *exception) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(5)
        self._loop.close()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def config(self, **more) -> dict:
        """Settings of a gateway account that sends here; look-up is on."""
        return {
            "method": "POST",
            "url": f"{self.url}/sms",
            "body": "phone={phone}&text={text}&key={key}",
            "success": {"json_path": "Code", "equals": "OK"},
            "look_up_url": f"{self.url}/look-up?key={{key}}",
            "timeout_seconds": 1,
            **more,
        }

    def sent(self) -> Counter:
        """How often each key was taken."""
        return Counter(taken.key for taken in self.taken)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        self._ending = asyncio.Event()
        server = await self._loop.create_server(lambda: _Connection(self), HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._ending.wait()
        server.close()
        server.close_clients()
        await asyncio.sleep(0)

    def handle(self, method: str, target: str, body: bytes) -> Answer:
        if target.startswith("/log"):
            return Answer(body=json.dumps([vars(taken) for taken in self.taken]))
        if target.startswith("/look-up"):
            key = parse_qs(urlsplit(target).query).get("key", [""])[0]
            self.look_ups += 1
            known = any(taken.key == key for taken in self.taken)
            answer = Answer(body=self.looked_up or key) if known else Answer(status=404, body="")
            answer.delay = self.look_up_delay
            return answer
        self.requests += 1
        answer = self.answers.pop(0) if self.answers else self.default
        if answer.takes:
            pairs = (pair.partition("=") for pair in body.decode().split("&"))
            form = {name: unquote_plus(value) for name, _, value in pairs}
            self.taken.append(Taken(form.get("key", ""), form["phone"], form.get("text", "")))
        self.arrived.set()
        return answer


class _Connection(asyncio.Protocol):
    """Just enough HTTP/1.1 with kept connections, and little work for each request."""

    def __init__(self, sink: HttpSink) -> None:
        self.sink, self.buffer = sink, b""

    def connection_made(self, transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, rest = self.buffer.partition(b"\r\n\r\n")
            length = _content_length(head)
            if len(rest) < length:
                return
            self.buffer = rest[length:]
            method, target, _ = head.split(b" ", 2)
            answer = self.sink.handle(method.decode(), target.decode(), rest[:length])
            if answer.delay:
                asyncio.get_running_loop().call_later(answer.delay, self._reply, answer)
            else:
                self._reply(answer)

    def _reply(self, answer: Answer) -> None:
        if answer.hangs_up:
            self.transport.close()
            return
        body = answer.body.encode()
        extra = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        head = f"HTTP/1.1 {answer.status} -\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
        self.transport.write(head.encode() + body)


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        return probe.getsockname()[1]


def _content_length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


class SmtpSink:
    """A mail server. `refuse` maps an address to the reply it gets, such as "550 No such user".

    `hangs_up_at`: the command (MAIL, RCPT) or the end of the text (DATA) that gets no reply.
    """

    def __init__(self) -> None:
        self.mails: list = []
        self.refuse: dict[str, str] = {}
        self.hangs_up_at = ""
        self.port = _free_port()
        self._controller = Controller(self, hostname=HOST, port=self.port)

    def __enter__(self) -> "SmtpSink":
        self._controller.start()
        return self

    def __exit__(self, *exception) -> None:
        self._controller.stop()

    def config(self, **more) -> dict:
        return {"host": HOST, "port": self.port, "from": "school@example.org", **more}

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.hangs_up_at == "MAIL":
            server.transport.abort()
        if address in self.refuse:
            return self.refuse[address]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.hangs_up_at == "RCPT":
            server.transport.abort()
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(envelope)
        if self.hangs_up_at == "DATA":
            server.transport.abort()
        return "250 OK"


def _main() -> None:
    with HttpSink() as sink:
        sys.stdout.write(f"{sink.port}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    _main()
