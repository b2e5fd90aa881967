"""A voice service on this machine, as a county may have one."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from delivery.services import speech
from tests.factories.files import wav


class _Voice(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, dict(self.headers), json.loads(body)))
        sound = wav(1.0)
        status = self.server.refuses.get(self.server.asked[-1][2]["input"], self.server.status)
        self.send_response(status)
        self.send_header("Content-Type", "audio/wav")
        self.send_header("Content-Length", str(len(sound)))
        self.end_headers()
        self.wfile.write(sound)

    def log_message(self, *_words):
        pass


@pytest.fixture
def speech_service(settings):
    """`status` of every answer, and of those to certain words (`refuses`); `asked`: what came."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Voice) as server:
        server.asked, server.status, server.refuses = [], 200, {}
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        settings.SPEECH_URL = f"http://127.0.0.1:{server.server_port}/v1/audio/speech"
        settings.SPEECH_KEY, settings.SPEECH_VOICE = "secret", "xiaoyi"
        settings.OUTGOING_PRIVATE_HOSTS = [f"127.0.0.1:{server.server_port}"]
        speech.spoken.cache_clear()
        yield server
        server.shutdown()
        thread.join()
        speech.spoken.cache_clear()
