"""What was just done, or why not, as every page of the staff shows it."""

import pytest
from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.template.loader import render_to_string


def drawn(level: int, tags: str = "") -> str:
    return render_to_string(
        "components/messages.html", {"messages": [Message(level, "Words", extra_tags=tags)]}
    )


@pytest.mark.parametrize(
    ("level", "icon", "role"),
    [
        (messages.SUCCESS, "check", "status"),
        (messages.INFO, "info", "status"),
        (messages.WARNING, "warn", "alert"),
        (messages.ERROR, "warn", "alert"),
    ],
)
def test_a_warning_stands_beside_no_tick(level, icon, role):
    found = drawn(level)
    assert f"#i-{icon}" in found
    assert f'role="{role}"' in found
    assert "<form" not in found


def test_what_can_be_undone_has_a_button_for_it():
    assert 'action="/calls/7/undo/"' in drawn(messages.SUCCESS, "undo:/calls/7/undo/")
