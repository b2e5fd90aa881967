"""People in the neighbourhood who come to a child when nobody else is at home."""

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from guardians.nearby.rules import NEARBY_MOST, ON_FOOT_MOST_MINUTES
from schools.fields import school_field
from students.models import Student


@pghistory.track()
class NearbyAdult(models.Model):
    """A person who has agreed to come to the child on foot when no adult is at home.

    They count only once a parent has agreed, the child has been asked and wants it, and the village has been
    told (rules.missing, queries.people_that_count). Their relation to the child is in their guardianship.
    """

    class Agreed(models.TextChoices):
        PAGE = "page", _("on the family's page")
        CALL = "call", _("in a call")
        MEETING = "meeting", _("in person")

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="nearby_adults")
    adult = models.ForeignKey(
        "guardians.Adult", on_delete=models.CASCADE, related_name="near_children"
    )
    rank = models.PositiveSmallIntegerField(_("asked as"), default=1)
    minutes = models.PositiveSmallIntegerField(_("minutes on foot"))
    willing_on = models.DateField(_("has said yes on"))
    added_by = user_field()
    added_at = models.DateTimeField()
    agreed_by = models.ForeignKey(
        "guardians.Adult",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    agreed_at = models.DateTimeField(_("agreed on"), null=True, blank=True)
    agreed_how = models.CharField(_("how"), max_length=7, choices=Agreed, blank=True)
    # The member of staff who recorded what a parent said in a call or in person.
    agreed_noted_by = user_field(null=True, blank=True)
    child_asked_on = models.DateField(_("child asked on"), null=True, blank=True)
    child_asked_by = user_field(null=True, blank=True)
    child_wants = models.BooleanField(_("the child wants it"), null=True, blank=True)
    village_told_on = models.DateField(_("village told on"), null=True, blank=True)
    village_told_by = user_field(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = user_field(null=True, blank=True)

    class Meta:
        ordering = ["rank", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="nearby_once_each", fields=["student", "adult"], condition=Q(ended_at=None)
            ),
            models.CheckConstraint(
                name="nearby_rank", condition=Q(rank__gte=1, rank__lte=NEARBY_MOST)
            ),
            models.CheckConstraint(
                name="nearby_on_foot",
                condition=Q(minutes__gte=1, minutes__lte=ON_FOOT_MOST_MINUTES),
            ),
            models.CheckConstraint(
                name="nearby_agreed_how",
                condition=Q(agreed_at=None, agreed_how="")
                | (Q(agreed_at__isnull=False) & ~Q(agreed_how="")),
            ),
            models.CheckConstraint(
                name="nearby_child_asked",
                condition=Q(child_asked_on=None, child_wants=None)
                | Q(child_asked_on__isnull=False, child_wants__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.adult_id} {self.rank}"
