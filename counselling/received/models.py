"""What the receiving school has of a letter that was sent to it online."""

from django.db import models

from accounts.fields import user_field
from counselling.cases.models import Sealed
from counselling.letters.models import Referral
from schools.fields import school_field


class ReferralCopy(Sealed):
    """The letter as it was sent; later changes at the child's school do not reach it.

    It is all that the receiving school has about the child: no file and no case. The state of the letter is
    `Referral.state`. The encrypted text is one JSON object: `package` and `language` and, once the receiver
    has answered, `answer`. If the letter is declined, only the answer stays; if it is taken back, nothing
    does.
    """

    BOUND = ("referral_id", "school_id")

    school = school_field()  # the receiver's
    referral = models.OneToOneField(Referral, on_delete=models.PROTECT, related_name="copy")
    taken_by = user_field(null=True)
    # The moment from which we tell the sender that nobody has answered.
    late_at = models.DateTimeField()
    # When the sender first read that the letter was declined or done.
    answer_seen_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"copy of {self.referral_id} for {self.school_id}"
