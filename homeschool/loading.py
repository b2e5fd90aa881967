"""What the web server and the workers load before they are forked, so that their processes share it."""

import gc
from typing import cast

from django.conf import settings
from django.db import connections
from django.template import engines
from django.template.backends.jinja2 import Jinja2
from django.urls import reverse
from django.utils import translation


def load_to_share() -> None:
    """Addresses with their views, the words of each language, and the parts of pages that Jinja2 compiles.
    Leaves no connection open: two processes would talk over one.

    The garbage collector leaves alone what is here by now. It writes to all that it looks at, so that each
    process would have a copy of its own; and somebody would wait for a page while it looks at half a million
    objects.
    """
    for language, _ in settings.LANGUAGES:
        with translation.override(language):
            reverse("healthz")  # the first address of a language reads them all
    parts = cast(Jinja2, engines["parts"]).env
    for name in parts.list_templates():
        parts.get_template(name)
    connections.close_all()
    gc.collect()
    gc.freeze()
