"""Save a text for other systems, end it, and send it as a notice by its author."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import translation

from accounts.models import User
from core import languages
from notices.actions import Content, schedule, write
from notices.models import Notice, SystemText
from schools.models import School


def keep_text(
    *, school: School, title: str, words: str, key: UUID, by: User, at: datetime
) -> SystemText:
    """Save a text in the language of the page.

    `key` comes from the form, so sending the form again creates no second text.
    """
    text, _is_new = SystemText.objects.get_or_create(
        key=key,
        defaults={
            "school": school,
            "author": by,
            "title": title,
            "words": words,
            "language": languages.active(),
            "written_at": at,
        },
    )
    return text


def end_text(*, text: SystemText, by: User, at: datetime) -> None:
    """End a text, so that no system sends it any more. Safe to repeat."""
    SystemText.objects.filter(pk=text.pk, ended_at=None).update(ended_at=at, ended_by=by)


@transaction.atomic
def send_text(
    *, text: SystemText, children: Collection[int], key: UUID, sent_for: User, at: datetime
) -> Notice:
    """Send the text as a notice to read, by the text's author, to the families of these children.

    It is sent like any notice: after a minute, and by the same rules about recipients and times. The same
    key creates one notice.
    """
    content = Content(
        key=key,
        kind=Notice.Kind.READ,
        title=text.title,
        words=text.words,
        due_on=None,
        one_is_enough=True,
        scope=Notice.Scope.CHILDREN,
        picked=sorted(children),
    )
    with translation.override(text.language):
        notice = write(school=text.school, content=content, by=text.author, at=at)
    if notice.text_id is None:
        notice.text, notice.sent_for = text, sent_for
        notice.save(update_fields=["text", "sent_for"])
        schedule(notice=notice, starts_at=None, at=at)
        notice.refresh_from_db(fields=["state", "starts_at"])
    return notice
