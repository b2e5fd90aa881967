import uuid
from typing import Any

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from schools.roles import COUNTY_ROLES, Role

# Each role has a condition of its own: with a list of roles, every makemigrations would recreate the
# constraint.
IS_COUNTY_POST = Q(role=COUNTY_ROLES[0]) | Q(role=COUNTY_ROLES[1])


@pghistory.track(exclude=["salt"])
class PostOffer(models.Model):
    """A post that is not given yet. It gives no access until everybody who has to agree has done so.

    `user` is None until the account exists. The owner of an account from elsewhere accepts with a number that
    the administrator tells them in person; somebody who made an account in their name never learns it. If the
    county asks (`county`; schools.founding), the person always has to accept, and the second person tells
    them the number.
    """

    class Outcome(models.TextChoices):
        GIVEN = "given"
        DECLINED = "declined"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    # None means a post of the county itself.
    school = models.ForeignKey(
        "schools.School", on_delete=models.PROTECT, null=True, related_name="offers"
    )
    # The county whose officer asks; None if the school's own administrator asks.
    county = models.ForeignKey(
        "schools.County", on_delete=models.PROTECT, null=True, related_name="offers"
    )
    role = models.CharField(_("role"), max_length=20, choices=Role)
    school_class = models.ForeignKey(
        "schools.SchoolClass", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    village = models.CharField(_("village"), max_length=60, blank=True)
    is_duty = models.BooleanField(default=False)
    starts_on = models.DateField(_("from"))
    record_checked_on = models.DateField(_("record looked up on"), null=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="post_offers"
    )
    username = models.CharField(max_length=150)
    name = models.CharField(max_length=60)
    phone = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True, default="", db_default="")
    asked_by = user_field(db_index=False)
    asked_at = models.DateTimeField()
    needs_owner = models.BooleanField()
    accepted_at = models.DateTimeField(null=True)
    needs_second = models.BooleanField()
    agreed_by = user_field(null=True, db_index=False)
    agreed_at = models.DateTimeField(null=True)
    salt = models.UUIDField(default=uuid.uuid4, editable=False)
    failed_attempts = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "county", "username", "role"],
                condition=Q(closed_at=None),
                nulls_distinct=False,
                name="one_open_offer",
            ),
            models.UniqueConstraint(
                fields=["school"],
                condition=Q(closed_at=None, county__isnull=False),
                name="one_county_offer_for_a_school",
            ),
            models.CheckConstraint(
                name="offer_at_school_or_county",
                condition=Q(school__isnull=False) & ~IS_COUNTY_POST
                | Q(school=None, county__isnull=False) & IS_COUNTY_POST,
            ),
            models.CheckConstraint(
                name="offer_of_county_needs_both",
                condition=Q(county=None) | Q(needs_owner=True, needs_second=True),
            ),
            models.CheckConstraint(
                name="offer_closed_with_outcome",
                condition=Q(closed_at=None, outcome="")
                | (Q(closed_at__isnull=False) & ~Q(outcome="")),
            ),
            models.CheckConstraint(
                name="offer_given_with_every_word",
                condition=~Q(outcome="given")
                | (Q(needs_owner=False) | Q(accepted_at__isnull=False))
                & (Q(needs_second=False) | Q(agreed_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="offer_agreed_by_another",
                condition=Q(agreed_by=None) | ~Q(agreed_by=models.F("asked_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.role}"

    @property
    def place(self) -> Any:
        """Return the school or county where the post would be."""
        return self.school or self.county

    @property
    def waits_for_owner(self) -> bool:
        return self.needs_owner and self.accepted_at is None

    @property
    def waits_for_second(self) -> bool:
        return self.needs_second and self.agreed_at is None
