"""Write, change, schedule and unschedule drafts, before anything is sent."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from core import languages
from core.meanwhile import refuse_unseen, version_of
from notices import rules
from notices.models import Notice, NoticeFile
from schools.models import School
from uploads.actions import keep_photo


@dataclass(frozen=True)
class NewFile:
    """A photo that uploads has re-encoded (`file.remade`), or the bytes of a checked PDF."""

    name: str
    photo: File | None = None
    pdf: bytes | None = None
    key: UUID | None = None


@dataclass(frozen=True)
class Content:
    key: UUID
    kind: str
    title: str
    words: str
    due_on: date | None
    one_is_enough: bool
    scope: str
    picked: Sequence[int]
    files: Sequence[NewFile] = ()
    removed: Collection[int] = ()


def write(*, school: School, content: Content, by: User, at: datetime) -> Notice:
    """Create a draft; the same key by the same author returns the first one."""
    known = Notice.objects.filter(key=content.key, author=by).first()
    if known:
        return known
    with transaction.atomic():
        notice, _is_new = Notice.objects.get_or_create(
            key=content.key,
            author=by,
            defaults={"school": school, "written_at": at, **_fields(content)},
        )
        _keep_files(notice, content, by, at)
    return notice


def sign_instead(*, notice: Notice, author: User) -> None:
    """Make another colleague the author of a notice that has not been sent, because its author leaves."""
    Notice.objects.filter(pk=notice.pk, sent_at=None).update(author=author)


@transaction.atomic
def change(
    *, notice: Notice, content: Content, instead_of: str | None = None, by: User, at: datetime
) -> bool:
    """Change a draft. Return False and change nothing if it is no longer a draft, or another system's.

    `instead_of`: the version that the form began with; see core.meanwhile.
    """
    draft = _colleagues_draft(notice).select_for_update().first()
    if draft is None:
        return False
    there, changed = said_in(draft), _fields(content)
    for name, value in changed.items():
        setattr(draft, name, value)
    refuse_unseen(
        seen=instead_of,
        there=there,
        new=said_in(draft),
        writer=draft.author,
        words=f"{there[0]}\n\n{there[1]}",
    )
    draft.save(update_fields=[*changed])
    draft.files.filter(pk__in=content.removed).delete()
    _keep_files(draft, content, by, at)
    return True


def said_in(notice: Notice) -> tuple[object, ...]:
    """Return what the form of a draft begins with."""
    when = (notice.due_on, notice.one_is_enough)
    return (notice.title, notice.words, notice.kind, *when, notice.scope, list(notice.picked))


def _fields(content: Content) -> dict[str, object]:
    return {
        "kind": content.kind,
        "title": content.title,
        "words": content.words,
        "due_on": content.due_on if content.kind != Notice.Kind.READ else None,
        "one_is_enough": content.one_is_enough,
        "scope": content.scope,
        "picked": list(content.picked),
        "language": languages.active(),
    }


def _keep_files(notice: Notice, content: Content, by: User, at: datetime) -> None:
    for file in content.files:
        if file.photo is not None and file.key is not None:
            upload = keep_photo(
                student=None, school=notice.school, file=file.photo, key=file.key, by=by, at=at
            )
            data = bytes(upload.contents.get(content_type="image/jpeg").data)
            _keep_file(notice, file.name, data, photo=upload)
        elif file.pdf is not None:
            _keep_file(notice, file.name, file.pdf, pdf=file.pdf)


def _keep_file(notice: Notice, name: str, data: bytes, **what: object) -> None:
    NoticeFile.objects.get_or_create(
        notice=notice,
        digest=hashlib.sha256(data).hexdigest(),
        defaults={"school_id": notice.school_id, "name": name[-80:], "size": len(data), **what},
    )


@transaction.atomic
def schedule(
    *, notice: Notice, starts_at: datetime | None, seen: str | None = None, at: datetime
) -> bool:
    """Schedule a draft for `starts_at`. None means after the minute in which it can still be cancelled.

    `seen`: what `as_previewed` said of it. Return False and change nothing if it now says something else;
    without `seen`, nothing is compared.
    """
    draft = (
        Notice.objects.select_for_update().filter(pk=notice.pk, state=Notice.State.DRAFT).first()
    )
    if draft is None:
        return True
    if seen is not None and as_previewed(draft) != seen:
        return False
    draft.state = Notice.State.SCHEDULED
    draft.starts_at = starts_at or at + timedelta(seconds=rules.GRACE_SECONDS)
    draft.save(update_fields=["state", "starts_at"])
    return True


def as_previewed(notice: Notice) -> str:
    """Return the version (core.meanwhile) of all that is sent, and to whom."""
    return version_of(*said_in(notice), digest_of(notice))


@transaction.atomic
def take_back(*, notice: Notice) -> bool:
    """Turn a scheduled notice back into a draft. Return False if sending has begun."""
    rows = Notice.objects.filter(pk=notice.pk, state=Notice.State.SCHEDULED)
    return bool(rows.update(state=Notice.State.DRAFT, starts_at=None))


@transaction.atomic
def discard(*, notice: Notice) -> bool:
    """Delete a draft. Return False and delete nothing if it is no longer a draft, or another system's."""
    deleted, _rows = _colleagues_draft(notice).delete()
    return bool(deleted)


def _colleagues_draft(notice: Notice) -> QuerySet[Notice]:
    """Return the notice if it is a draft by a colleague.

    A notice that another system sent and somebody stopped stays as it is: its key keeps the system from
    sending it again.
    """
    return Notice.objects.filter(pk=notice.pk, state=Notice.State.DRAFT, sent_for=None)


def digest_of(notice: Notice) -> str:
    """Return the digest of everything a family sees: kind, title, text, deadline, files."""
    files = sorted(notice.files.values_list("digest", flat=True))
    said = [notice.kind, notice.title, notice.words, str(notice.due_on or ""), *files]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()
