"""A room of the staff: an ntfy server, which takes a JSON message and answers 200."""

import json

from tests.providers.server import Asked, Provider


class Room(Provider):
    def config(self, **more) -> dict:
        return {"service": "ntfy", **more}

    @property
    def secret(self) -> dict[str, str]:
        return {"url": f"ntfy://127.0.0.1:{self.port}/duty"}

    def answer(self, asked: Asked):
        say = self.next_say()
        if say.takes if say.takes is not None else say.status == 200:
            body = asked.body.decode()
            text = json.loads(body)["message"] if body.startswith("{") else body
            self.take("", "", "", text)
        return say.status, {"id": "1"}, say
