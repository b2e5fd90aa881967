"""Judges adults who have not answered by the messages sent to them."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from delivery.rules import Sent, Silence, silence_after

# Fields of each message, after the key by which the caller groups them.
FACTS = ("state", "cause", "contact_point__disputed_at", "contact_point__failing_since")


def silences(rows: Iterable[tuple[Any, ...]]) -> dict[int, Silence]:
    """Return the silence for each key. `rows` are (key, *FACTS) of messages."""
    sent: dict[int, list[Sent]] = defaultdict(list)
    for key, state, cause, disputed_at, failing_since in rows:
        sent[key].append(Sent(state, cause, disputed_at is not None, failing_since is not None))
    return {key: silence_after(found) for key, found in sent.items()}
