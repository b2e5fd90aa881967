"""Find changes to posts that were made in the database itself, by comparing them with the sealed credential
log (which accounts.verifying checks).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from accounts.models import CredentialEvent
from schools.appointing.record import SECOND, given_detail, offer_in, post_in
from schools.models import Post
from schools.roles import CASE_ROLES, Role

Kind = CredentialEvent.Kind
AT_ONCE = 2000  # rows


@dataclass
class _Told:
    """Facts about posts from the log, by the posts' keys, and who agreed as a second person, by the offer's
    key.

    `of_county` are offers requested by a county, which always need a second person.
    """

    given: dict[int, CredentialEvent] = field(default_factory=dict)
    ends: dict[int, str] = field(default_factory=dict)
    agreed: dict[int, set[int | None]] = field(default_factory=dict)
    of_county: set[int] = field(default_factory=set)


def broken() -> list[str]:
    """Return a sentence for each post that does not match the log, without names."""
    told, there = _told(), set()
    found: list[str] = []
    for post in Post.objects.order_by("pk").iterator(AT_ONCE):
        there.add(post.pk)
        found += _of_post(post, told)
    gone = sorted(told.given.keys() - there)
    return found + [f"Post {pk}: the log tells of it, and it is gone." for pk in gone]


def _told() -> _Told:
    told = _Told()
    kinds = [Kind.POST_GIVEN, Kind.POST_ENDED, Kind.POST_TAKEN_BACK, Kind.POST_ACCEPTED]
    kinds.append(Kind.POST_OFFERED)
    events = CredentialEvent.objects.filter(chain=CredentialEvent.CHAIN, kind__in=kinds)
    for event in events.order_by("number").iterator(AT_ONCE):
        pk = post_in(event.detail)
        if event.kind == Kind.POST_OFFERED:
            if " county " in event.detail:
                told.of_county.add(offer_in(event.detail))
        elif event.kind == Kind.POST_ACCEPTED and SECOND in event.detail:
            told.agreed.setdefault(offer_in(event.detail), set()).add(event.by_id)
        elif event.kind == Kind.POST_GIVEN and pk:
            told.given[pk] = event
            told.ends.pop(pk, None)  # given again: the end of the post was undone
        elif event.kind == Kind.POST_TAKEN_BACK:
            told.given.pop(pk, None)
        elif event.kind == Kind.POST_ENDED and pk:
            told.ends[pk] = event.detail.rpartition(" ")[2]
    return told


def _of_post(post: Post, told: _Told) -> Iterator[str]:
    event, ends = told.given.get(post.pk), told.ends.get(post.pk, "")
    says = f"Post {post.pk}: the database says that user {post.user_id} is {post.role}"
    if event is None:
        yield f"{says}; no log tells of it."
        return
    held = (event.user_id, event.school_id, event.detail.partition(" offer ")[0])
    if held != (post.user_id, post.school_id, given_detail(post)):
        yield f"{says}; the log says that user {event.user_id} was given “{event.detail}”."
    if (str(post.ends_on) if post.ends_on else "") != ends:
        yield f"{says} until {post.ends_on}; the log says until {ends or 'no day'}."
    offer = offer_in(event.detail)
    needs_second = post.role in CASE_ROLES or post.role == Role.COUNTY_OFFICER
    if event.by_id and (needs_second or offer in told.of_county):
        agreed = told.agreed.get(offer, set())
        if not agreed - {event.by_id}:
            yield f"{says}; no second person agreed to it in the log."
