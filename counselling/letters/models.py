"""Referrals: a child handed on to another place, or to the school by another place."""

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.fields import user_field
from counselling.cases.models import Case, Sealed
from counselling.letters import rules
from guardians.models import Adult
from schools.fields import school_field
from schools.models import School
from students.models import Student


class PlaceKind(models.TextChoices):
    CENTRE = "centre", _("counselling centre of the county")
    HOSPITAL = "hospital", _("hospital")
    VILLAGE = "village", _("village or township")
    SCHOOL = "school", _("another school")
    OTHER = "other", pgettext_lazy("a place", "other")


@pghistory.track()
class ReferralPlace(models.Model):
    """A place to which the school refers children.

    After it is ended it is no longer offered, but referrals continue under its name.
    """

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="referral_places")
    kind = models.CharField(_("what it is"), max_length=10, choices=PlaceKind)
    name = models.CharField(_("name"), max_length=80)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    address = models.CharField(_("address"), max_length=120, blank=True)
    # The school behind the place on this server. Letters to it are sent online as long as a counsellor there
    # may receive them.
    linked_school = models.ForeignKey(
        School, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["school", "name"], condition=Q(ended_at=None), name="one_place_of_a_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Referral(Sealed):
    """One child, one place, one letter. The place's name is copied, because the list may change.

    The encrypted text is one JSON object: `asks` and `ground` (text), `package` (what the letter contains,
    from the moment it was handed over) and `answer`; for a letter sent online also `revoked_because`.
    """

    BOUND = ("student_id", "made_by_id")

    class Direction(models.TextChoices):
        OUT = rules.OUT, pgettext_lazy("referral", "Outgoing letter")
        IN = rules.IN, pgettext_lazy("referral", "Incoming letter")

    class State(models.TextChoices):
        DRAFT = rules.DRAFT, pgettext_lazy("referral", "draft")
        SENT = rules.SENT, pgettext_lazy("referral", "handed over")
        ACCEPTED = rules.ACCEPTED, pgettext_lazy("referral", "accepted")
        REJECTED = rules.REJECTED, pgettext_lazy("referral", "not accepted")
        DONE = rules.DONE, pgettext_lazy("referral", "done")
        REVOKED = rules.REVOKED, pgettext_lazy("referral", "taken back")

    class ConsentHow(models.TextChoices):
        PAPER = "paper", _("signed on paper")
        SPOKEN = "spoken", _("said in a talk")
        PHONE = "phone", _("said on the phone")

    class Ground(models.TextChoices):
        """Legal grounds without consent. Sources: docs/domain-sources.md."""

        HARM = (
            "harm",
            _(
                "Somebody may harm the child (Minors Protection Law 11, Anti-Domestic Violence Law 14)"
            ),
        )
        SELF_HARM = (
            "self_harm",
            _("The child is likely to harm itself or others (Mental Health Law 28)"),
        )
        NO_CARER = (
            "no_carer",
            _("The child is left without anybody who cares (Minors Protection Law 21)"),
        )

    class ChildSaid(models.TextChoices):
        AGREES = "agrees", _("the child agrees")
        DISAGREES = "disagrees", _("the child does not want it")
        NOT_ASKED = "not_asked", _("not asked yet")

    class Handed(models.TextChoices):
        BY_HAND = "by_hand", _("by hand")
        POST = "post", _("by registered post")
        FAMILY = rules.BY_FAMILY, _("the family takes it along")
        ONLINE = rules.ONLINE, _("online, to the counsellors of that school")

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="referrals")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="referrals")
    direction = models.CharField(max_length=3, choices=Direction)
    state = models.CharField(max_length=8, choices=State)
    listed_place = models.ForeignKey(
        ReferralPlace, on_delete=models.SET_NULL, null=True, related_name="referrals"
    )
    place_name = models.CharField(max_length=80)
    place_kind = models.CharField(max_length=10, choices=PlaceKind)
    place_phone = models.CharField(max_length=40, blank=True)
    parts = ArrayField(models.CharField(max_length=12), default=list)
    consent_by = models.ForeignKey(
        Adult, on_delete=models.PROTECT, null=True, related_name="referrals_agreed"
    )
    consent_how = models.CharField(max_length=8, choices=ConsentHow, blank=True)
    consent_on = models.DateField(null=True, blank=True)
    ground = models.CharField(max_length=10, choices=Ground, blank=True)
    child_said = models.CharField(max_length=10, choices=ChildSaid, default=ChildSaid.NOT_ASKED)
    # The day by which an answer is expected; once accepted, the day to ask what came of it.
    due_on = models.DateField(null=True, blank=True)
    arrived_on = models.DateField(null=True, blank=True)  # day of a letter to us
    handed = models.CharField(max_length=8, choices=Handed, blank=True)
    made_by = user_field()
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_by = user_field(null=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="referral_from_us_has_a_case",
                condition=Q(direction="in") | Q(case__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["school", "direction"],
                condition=Q(case=None, closed_at=None),
                name="referrals_not_taken_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.state} {self.pk}"


class ReferralEntry(models.Model):
    """A step in a referral, who recorded it and when. Append-only, without text."""

    school = school_field(db_index=False)
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="entries")
    to_state = models.CharField(max_length=8, choices=Referral.State)
    by = user_field()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.referral_id} {self.to_state}"
