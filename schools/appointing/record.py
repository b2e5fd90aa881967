"""The form in which posts are written in the credential log (CredentialEvent.detail), so that the check finds
each one again.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time

from accounts import chain
from accounts.models import CredentialEvent
from schools.models import Post

Kind = CredentialEvent.Kind
SECOND = "second person"


def given_detail(post: Post) -> str:
    """Return everything that decides what a post gives access to: "counsellor #17 from 2026-11-27"."""
    place = [
        f"class {post.school_class_id}" if post.school_class_id else "",
        f"county {post.county_id}" if post.county_id else "",
    ]
    return " ".join(filter(None, [f"{post.role} #{post.pk} from {post.starts_on}", *place]))


def ended_detail(post: Post) -> str:
    return f"{post.role} #{post.pk} until {post.ends_on}"


def post_in(detail: str) -> int:
    """Return the key of the post; 0 if there is none."""
    found = detail.partition(" #")[2].partition(" ")[0]
    return int(found) if found.isdecimal() else 0


def offer_in(detail: str) -> int:
    """Return the key of the offer, which comes last; 0 if there is none."""
    found = detail.rpartition(" offer ")[2]
    return int(found) if found.isdecimal() else 0


def note_standing(posts: Iterable[Post]) -> None:
    """Log posts that were not given by an action. The entries carry the first day of the post."""
    events = []
    for post in posts:
        at = datetime.combine(post.starts_on, time.min, UTC)
        facts = {"user_id": post.user_id, "school_id": post.school_id, "at": at}
        given = {"kind": Kind.POST_GIVEN, "detail": given_detail(post)}
        events.append(CredentialEvent(**facts, **given))
        if post.ends_on:
            ended = {"kind": Kind.POST_ENDED, "detail": ended_detail(post)}
            events.append(CredentialEvent(**facts, **ended))
    chain.append(events, chain=CredentialEvent.CHAIN)
