import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from delivery.sentences.rules import NAME_CHARS, SPEAKER_CHARS
from schools.fields import school_field
from uploads.models import Upload


# A wrong sentence falsifies answers, so we record who replaced which sentence and who removed it. We do not
# record who spoke: a speaker who withdraws is forgotten.
@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
    exclude=["speaker", "recording"],
)
class SentenceVoice(models.Model):
    """One of our sentences, spoken by a local person, for one school and one language.

    It is played in place of a sentence that has exactly these `words`. Once we change the words, the standard
    voice speaks again; from `name` the page knows which sentence to record again. Sentences with the name of
    a child are never recorded, because they are not fixed.
    """

    school = school_field(db_index=False)
    language = models.CharField(max_length=7)
    name = models.CharField(max_length=NAME_CHARS)
    words = models.TextField()
    speaker = models.CharField(_("who speaks"), max_length=SPEAKER_CHARS)
    recording = models.OneToOneField(Upload, on_delete=models.PROTECT, related_name="+")
    kept_by = user_field()
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "language", "name"], name="one_voice_of_a_sentence"
            )
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.language} {self.name}"
