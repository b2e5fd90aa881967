"""What the web server and the workers load before they are forked, so that their processes share it."""

import gc

from django.conf import settings
from django.db import connections
from django.urls import reverse
from django.utils import translation


def load_to_share() -> None:
    """Addresses with their views, and the words of each language. Leaves no connection open: two processes
    would talk over one.

    The garbage collector leaves alone what is here by now. It writes to all that it looks at, so that each
    process would have a copy of its own; and somebody would wait for a page while it looks at half a million
    objects.
    """
    for language, _ in settings.LANGUAGES:
        with translation.override(language):
            reverse("healthz")  # the first address of a language reads them all
    connections.close_all()
    gc.collect()
    gc.freeze()
