import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from schools.models import School

LINE_AT_MOST = 80  # characters


@pghistory.track()
class Expert(models.Model):
    """Somebody from outside who speaks to families or children.

    Before they do, the school asks the police or the procuratorate whether they have a record of harming
    children, and asks again once a year (Minors Protection Law, Art. 62). We store only the day of the
    answer, never what it says: a person with a record is not on this list.
    """

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=40)
    field = models.CharField(_("what they know about"), max_length=LINE_AT_MOST)
    place = models.CharField(_("organisation, township or village"), max_length=LINE_AT_MOST)
    reach = models.CharField(_("how to reach them"), max_length=LINE_AT_MOST)
    checked_on = models.DateField(_("record looked up on"), null=True)
    checked_by = user_field(null=True)
    noted_by = user_field()
    noted_at = models.DateTimeField()
    # No longer on the list; meetings at which they spoke still name them.
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("expert")
        verbose_name_plural = _("experts")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["school", "name", "reach"],
                condition=Q(ended_at=None),
                name="expert_once_on_the_list",
            ),
            models.CheckConstraint(
                name="expert_checked_by_somebody",
                condition=Q(checked_on=None, checked_by=None)
                | Q(checked_on__isnull=False, checked_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name
