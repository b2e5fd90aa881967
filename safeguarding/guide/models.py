"""What was done while a child was in danger of hurting itself: each step with who and when."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from schools.fields import school_field
from students.models import Student


class GuideTick(models.Model):
    """A step of the guide that was done, or taken back because it was ticked by mistake. Append-only.

    If a step has several rows, the last one counts. `key` comes from the page.
    """

    class Step(models.TextChoices):
        """The steps, in the order in which they are done."""

        STAY = "stay", _("Somebody stays with the child")
        MEANS = "means", _("Anything dangerous is out of reach")
        RESCUE = (
            "rescue",
            _("Ambulance or police, if it has already happened or cannot be prevented"),
        )
        COUNSELLOR = "counsellor", _("The counsellor knows")
        PRINCIPAL = "principal", _("The principal knows")
        FAMILY = "family", _("Somebody in the family knows")
        DOCTOR = "doctor", _("A doctor looks at the child")
        HANDED = "handed", _("Another adult has taken over and stays with the child")

    key = models.UUIDField(unique=True, editable=False)
    school = school_field()
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="guide_ticks")
    step = models.CharField(max_length=10, choices=Step)
    is_taken_back = models.BooleanField(default=False)
    who = models.CharField(_("who"), max_length=80, blank=True)
    by = user_field()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["student", "-at"], name="guide_of_child")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.step}"
