"""What a child chose for one parent before a call, what the parent answered, and how the call felt."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from calls.things import rules
from guardians.models import Adult
from schools.fields import school_field
from students.models import Student
from uploads.models import Upload


class ThreeThings(models.Model):
    """Things that a child wants one parent to ask, with the parent's answer.

    They are private between child and parent: no member of staff reads them, and no file holds them.
    Choosing again adds a new row and ends the previous one. Each time is set once, so no history is kept.
    """

    class Picture(models.TextChoices):
        PET = "pet", _("my animals")
        BALL = "ball", _("playing ball")
        PAINT = "paint", _("what I painted")
        FRIENDS = "friends", _("my friends")
        NEW = "new", _("something new I can do")
        FOOD = "food", _("good food")
        HARD = "hard", _("something that is hard")
        DREAM = "dream", _("a dream")
        WHEN = "when", _("when you come home")

    class Answer(models.TextChoices):
        HEART = "heart", _("I think of you")
        WORK = "work", _("I am at work")
        ROAD = "road", _("I am on the way")
        NIGHT = "night", _("I worked tonight")
        SUN = "sun", _("the sun is shining here")
        RAIN = "rain", _("it is raining here")

    class Felt(models.IntegerChoices):
        GOOD = rules.GOOD, _("good")
        SO_SO = rules.SO_SO, _("so-so")
        LOW = rules.LOW, _("not so good")

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="three_things")
    adult = models.ForeignKey(Adult, on_delete=models.CASCADE, related_name="three_things")
    key = models.UUIDField(unique=True, editable=False)
    pictures = ArrayField(
        models.CharField(max_length=10, choices=Picture),
        verbose_name=_("pictures your child chose"),
        default=list,
    )
    sentences = ArrayField(
        models.CharField(max_length=rules.SENTENCE_MAX),
        verbose_name=_("in your child's words"),
        default=list,
    )
    chosen_at = models.DateTimeField(_("when your child chose it"))
    answer_picture = models.CharField(
        _("picture you sent"), max_length=10, choices=Answer, blank=True
    )
    answer_words = models.CharField(_("what you answered"), max_length=rules.ANSWER_MAX, blank=True)
    # Deleted when neither side sees it any more (actions.delete_photos).
    answer_photo = models.OneToOneField(
        Upload,
        on_delete=models.SET_NULL,
        verbose_name=_("photo you sent"),
        null=True,
        blank=True,
        related_name="three_things",
    )
    answered_at = models.DateTimeField(_("when you answered"), null=True, blank=True)
    felt = models.PositiveSmallIntegerField(choices=Felt, null=True, blank=True)
    felt_at = models.DateTimeField(null=True, blank=True)
    # When the child chose again, or told how the call felt.
    over_at = models.DateTimeField(null=True, blank=True)
    # The class teacher has asked how the calls go, so taps up to this time no longer count.
    asked_at = models.DateTimeField(null=True, blank=True)
    asked_by = user_field(null=True, blank=True)

    class Meta:
        ordering = ["-chosen_at", "-pk"]
        indexes = [
            models.Index(F("student"), F("chosen_at").desc(), name="things_of_child"),
            models.Index(fields=["adult"], condition=Q(over_at=None), name="things_open"),
            models.Index(
                fields=["student", "felt_at"], condition=Q(felt__isnull=False), name="things_felt"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="three_things_felt_1_to_3",
                condition=Q(felt=None, felt_at=None)
                | Q(felt__gte=rules.GOOD, felt__lte=rules.LOW, felt_at__isnull=False),
            ),
            models.CheckConstraint(
                name="three_things_at_most",
                condition=Q(pictures__len__lte=rules.THINGS_MOST)
                & Q(sentences__len__lte=rules.THINGS_MOST),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.chosen_at:%Y-%m-%d}"

    @property
    def picture_labels(self) -> list[tuple[str, str]]:
        """Return (picture, label) pairs in the order of the page."""
        return [(one.value, str(one.label)) for one in self.Picture if one.value in self.pictures]
