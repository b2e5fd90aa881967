"""Loads what the web server's and the workers' processes share, before they fork."""

import gc
from typing import cast

from django.conf import settings
from django.db import connections
from django.template import engines
from django.template.backends.jinja2 import Jinja2
from django.urls import reverse
from django.utils import translation


def load_to_share() -> None:
    """Load addresses with their views, the texts of each language, and the page parts that Jinja2 compiles.

    It leaves no connection open, because two processes would use the same one.

    The garbage collector then ignores everything loaded so far. It writes to every object it inspects, so
    each process would get a copy of its own; and somebody would wait for a page while it inspects half a
    million objects.
    """
    for language, _ in settings.LANGUAGES:
        with translation.override(language):
            reverse("healthz")  # the first address of a language loads all of them
    parts = cast(Jinja2, engines["parts"]).env
    for name in parts.list_templates():
        parts.get_template(name)
    connections.close_all()
    gc.collect()
    gc.freeze()
