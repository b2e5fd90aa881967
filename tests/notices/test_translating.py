"""The plug for machine translation, against a local server that speaks LibreTranslate's JSON."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.test import Client
from django.urls import reverse

from core import clock
from guardians.models import Adult
from notices import actions
from notices.models import NoticeTranslation
from tests.factories.notices import sent, token_of

pytestmark = pytest.mark.django_db


class Translator:
    """POST /translate as documented: q, source, target, format, api_key → translatedText; errors as JSON."""

    def __init__(self):
        self.asked: list[dict] = []
        self.fails = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append(body)
                status = 500 if outer.fails else 200 if self.path == "/translate" else 404
                said = (
                    {"translatedText": f"EN {body['q'][:4]}"} if status == 200 else {"error": "x"}
                )
                data = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def translator(settings):
    found = Translator()
    settings.TRANSLATION_URL, settings.TRANSLATION_KEY = found.url, "geheim"
    yield found
    found.server.shutdown()
    found.server.server_close()


def test_off_by_default(cast, settings):
    assert settings.TRANSLATION_URL == ""
    Adult.objects.filter(name="王芳").update(language="en")
    sent(cast)
    assert actions.translate_waiting(at=clock.now()) == 0


def test_beside_the_original_with_its_label_once(cast, translator):
    Adult.objects.filter(name="王芳").update(language="en")
    notice = sent(cast)
    notice_language = notice.language
    assert actions.translate_waiting(at=clock.now()) == 1
    assert actions.translate_waiting(at=clock.now()) == 0
    assert len(translator.asked) == 2
    assert translator.asked[0] == {
        "q": notice.title,
        "source": {"zh-hans": "zh"}.get(notice_language, notice_language),
        "target": "en",
        "format": "text",
        "api_key": "geheim",
    }
    url = reverse("family_notices:link", args=[token_of(notice, cast.adults["mother"])])
    page = Client().get(url).content.decode()
    assert "This is a machine translation" in page
    assert (
        page.index(notice.words[:6])
        < page.index("This is a machine translation")
        < page.index("EN ")
    )
    other = reverse("family_notices:link", args=[token_of(notice, cast.adults["grandmother"])])
    assert "EN " not in Client().get(other).content.decode()


def test_a_service_that_fails_holds_up_nothing_and_is_asked_again(cast, translator):
    Adult.objects.filter(name="王芳").update(language="en")
    sent(cast)
    translator.fails = True
    assert actions.translate_waiting(at=clock.now()) == 0
    assert not NoticeTranslation.objects.exists()
    translator.fails = False
    assert actions.translate_waiting(at=clock.now()) == 1
