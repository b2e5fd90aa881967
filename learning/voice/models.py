import pghistory
from django.db import models

from accounts.fields import user_field
from delivery.services.speech import SPEAKER_CHARS
from schools.fields import school_field
from uploads.models import Upload


@pghistory.track()
class LessonVoice(models.Model):
    """A recording of one version of a lesson in one language, kept by one school for its own families.

    A new version of the lesson has other text, so it needs a recording of its own.
    """

    school = school_field(db_index=False)
    lesson = models.ForeignKey("learning.Lesson", on_delete=models.PROTECT, related_name="voices")
    language = models.CharField(max_length=7)
    recording = models.OneToOneField(Upload, on_delete=models.PROTECT, related_name="+")
    kept_by = user_field()
    kept_at = models.DateTimeField()
    came_with_pack = models.BooleanField(
        default=False
    )  # then `kept_by` took the pack; the voice is not theirs

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "lesson", "language"], name="one_voice_of_a_lesson"
            )
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.lesson_id} {self.language}"


class KeptSpeech(models.Model):
    """Speech that a machine generated for text of a released lesson. It names nobody.

    It is found by the digest of exactly this text. So no other text is ever played in its place, and the same
    lesson in a hundred schools is stored once.
    """

    digest = models.CharField(max_length=64, unique=True)
    language = models.CharField(max_length=7)
    speaker = models.CharField(max_length=SPEAKER_CHARS)
    opus = models.BinaryField()
    aac = models.BinaryField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.language} {self.digest[:8]}"
