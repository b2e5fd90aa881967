"""What a child said by pressing keys. safeguarding opens a concern for each row (safeguarding.sources)."""

import pgtrigger
from django.db import models

from schools.fields import school_field
from students.models import Student

KEY_CHARS = 60  # characters: the key of a call and the id of the child


class ToldByPhone(models.Model):
    """What one child told in one call. Append-only, because what a child said is never rewritten.

    It is deleted together with the child's file.
    """

    class What(models.TextChoices):
        TALK = "talk"
        HURT = "hurt"
        PEER = "peer"

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="told_by_phone")
    what = models.CharField(max_length=4, choices=What)
    key = models.CharField(max_length=KEY_CHARS, unique=True, editable=False)
    told_at = models.DateTimeField()

    class Meta:
        ordering = ["told_at", "pk"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.told_at:%Y-%m-%d}"
