import uuid

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from schools.fields import school_field

TITLE_AT_MOST = 60  # characters; the same as for a notice
WORDS_AT_MOST = 600  # characters; every family gets the same text, so it is short


@pghistory.track()
class SystemText(models.Model):
    """A text that another system may send to families as a notice.

    `author` is responsible for it, as for a notice of their own; a system only says whose families get
    it. The text never changes: a different text is a new row.
    """

    school = school_field()
    author = user_field(db_index=False)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(_("title"), max_length=TITLE_AT_MOST)
    words = models.TextField(_("words"), max_length=WORDS_AT_MOST)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    written_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = user_field(null=True)

    class Meta:
        ordering = ["-written_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="system_text_ended_by_somebody",
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            )
        ]
        triggers = [
            pgtrigger.Protect(
                name="said_for_good",
                operation=pgtrigger.UpdateOf("title", "words", "author_id", "language"),
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.title
