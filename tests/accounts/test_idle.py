"""What a page asks by itself says so, or it would keep a forgotten computer signed in."""

import re
from pathlib import Path

from django.conf import settings

TAG = re.compile(r"<[^<>]*hx-trigger=\"[^\"]*\bevery\b[^>]*>")


def test_whatever_asks_again_and_again_says_that_nobody_is_there():
    pages = (Path(settings.BASE_DIR) / "templates").rglob("*.html")
    polls = [tag for page in pages for tag in TAG.findall(page.read_text(encoding="utf-8"))]
    assert len(polls) >= 4
    assert [tag for tag in polls if '"X-Background": "1"' not in tag] == []
