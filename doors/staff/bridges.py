"""The state of the bridge between a child and its parents: the same word in the list, the map and on the
board.
"""

from django.utils.translation import gettext as _

from guardians.rules import is_connected

# Check-in state → drawing (components/bridge.html).
DRAWN = {
    "planned": "planned",
    "waiting": "waiting",
    "asked_again": "asked_again",
    "not_yet": "not_yet",
    "nobody_reached": "nobody",
    "need_help": "needs_help",
}


def state_words() -> dict[str, str]:
    """Return the label of each state, as in components/bridge_word.html."""
    return {
        "talked": _("Talked"),
        "planned": _("Not sent yet"),
        "waiting": _("Waiting for an answer"),
        "asked_again": _("Asked again"),
        "nobody": _("Nobody reached"),
        "not_yet": _("Not yet"),
        "needs_help": _("Needs help"),
        "at_home": _("At home"),
        "unknown": _("Not known"),
    }


def bridge_state(is_anybody_away: bool, is_known: bool, days: int | None, asked: str | None) -> str:
    """Return the state of the bridge.

    `days` is the time since the last talk, `asked` the state of the open check-in.
    """
    if not is_anybody_away:
        return "at_home" if is_known else "unknown"
    if asked == "need_help":
        return "needs_help"
    if is_connected(days):
        return "talked"
    if asked in DRAWN:
        return DRAWN[asked]
    return "unknown" if days is None else "not_yet"
