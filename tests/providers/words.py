"""Services for words and voices: LibreTranslate's JSON, and the form of /v1/audio/transcriptions."""

import json
from email.parser import BytesParser
from email.policy import HTTP

from tests.providers.server import Asked, Provider


class Translator(Provider):
    """POST /translate as documented: q, source, target, format, api_key → translatedText."""

    def texts(self) -> list[dict]:
        return [json.loads(one.body) for one in self.asked]

    def answer(self, asked: Asked):
        say = self.next_say()
        if asked.path != "/translate":
            return 404, {"error": "x"}, say
        said = json.loads(asked.body)
        return say.status, {"translatedText": f"{said['target'].upper()} {said['q'][:4]}"}, say


class Transcriber(Provider):
    """POST /v1/audio/transcriptions: file, model, language, response_format → text."""

    words = "梦瑶这几天咳嗽"

    @property
    def address(self) -> str:
        return f"{self.url}/v1/audio/transcriptions"

    def forms(self) -> list[dict[str, tuple[str | None, bytes]]]:
        """Of each request: field → (file name, content)."""
        return [_form(one) for one in self.asked]

    def answer(self, asked: Asked):
        say = self.next_say()
        fields = _form(asked)
        is_whole = {"file", "model", "language", "response_format"} <= set(fields)
        if asked.path != "/v1/audio/transcriptions" or not is_whole:
            return 400, {"error": {"message": "x"}}, say
        return say.status, {"text": self.words}, say


def _form(asked: Asked) -> dict[str, tuple[str | None, bytes]]:
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    whole = BytesParser(policy=HTTP).parsebytes(head + asked.body)
    return {
        str(part.get_param("name", header="content-disposition")): (
            part.get_filename(),
            part.get_payload(decode=True),
        )
        for part in whole.iter_parts()
    }
