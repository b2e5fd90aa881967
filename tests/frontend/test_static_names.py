"""Each file that a template names is built."""

import re
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders

STATIC = re.compile(r"""{%\s*static\s+["']([^"'{}]+)["']\s*%}""")


def test_every_file_that_a_template_names_is_there():
    named = {
        name: page.name
        for page in (Path(settings.BASE_DIR) / "templates").rglob("*.html")
        for name in STATIC.findall(page.read_text())
    }
    assert len(named) > 20
    assert {name: page for name, page in named.items() if not finders.find(name)} == {}
