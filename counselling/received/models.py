"""What the receiving school has of a letter that was sent to it online."""

from django.conf import settings
from django.db import models

from counselling.cases.models import Sealed
from counselling.referrals.models import Referral
from schools.models import School


class ReferralCopy(Sealed):
    """The letter as it was sent; later changes at the child's school do not reach it. It is all that the
    receiving school has of the child: no file, no case. Where the letter stands is `Referral.state`.

    Sealed is one JSON object: `package` and `language`, and once the receiver has answered `answer`. Not
    taken on, only the answer stays; taken back, nothing.
    """

    BOUND = ("referral_id", "school_id")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+")  # the receiver's
    referral = models.OneToOneField(Referral, on_delete=models.PROTECT, related_name="copy")
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    # The instant from which we tell the sender that nobody has answered.
    late_at = models.DateTimeField()
    # When the sender first read that it was not taken on, or was done.
    answer_seen_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"copy of {self.referral_id} for {self.school_id}"
