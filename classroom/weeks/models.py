import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from schools.fields import school_field
from schools.models import SchoolClass

WORDS_AT_MOST = 1000  # characters; two screens of a phone


@pghistory.track()
class ClassWeek(models.Model):
    """What a class did in a week, in the teacher's words. It is a draft until it is sent to the families."""

    school = school_field(db_index=False)
    school_class = models.ForeignKey(
        SchoolClass, on_delete=models.CASCADE, related_name="weeks", db_index=False
    )
    week_on = models.DateField(_("week from"))  # always a Monday
    words = models.TextField(_("what the class did"), max_length=WORDS_AT_MOST, blank=True)
    written_by = user_field()
    written_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("the class's week")
        verbose_name_plural = _("weeks of classes")
        ordering = ["-week_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["school_class", "week_on"], name="one_page_a_week"),
            models.CheckConstraint(
                name="sent_week_says_something", condition=Q(sent_at=None) | ~Q(words="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school_class_id} {self.week_on}"
