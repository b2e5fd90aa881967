from datetime import date

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from guardians.models import Adult
from schools.fields import school_field
from schools.models import School, ends_after_start
from students.models import Student


@pghistory.track()
class Season(models.Model):
    """A school holiday during which parents come home or children travel."""

    class Kind(models.TextChoices):
        WINTER = "winter", _("Winter holidays and Spring Festival")
        SUMMER = "summer", _("Summer holidays")
        NATIONAL = "national", _("National Day")
        OTHER = "other", _("Another holiday")

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="seasons")
    kind = models.CharField(_("holiday"), max_length=10, choices=Kind)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    feast_on = models.DateField(_("day of the feast"), null=True, blank=True)
    # The school has changed the days, so the calendar does not set them again.
    is_own = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["starts_on"]
        constraints = [
            ends_after_start("season_ends_after_start"),
            models.UniqueConstraint(fields=["school", "starts_on"], name="one_season_per_day"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.starts_on}"


@pghistory.track()
class ReunionPlan(models.Model):
    """A plan for whether one parent and one child are together in a season, and from when until when."""

    class Travel(models.TextChoices):
        COMES = "comes", _("comes home")
        CHILD_GOES = "child_goes", _("the child travels there")
        NOT = "not", _("not this time")
        OPEN = "open", _("not settled yet")

    class Outcome(models.TextChoices):
        HAPPENED = "happened", _("they were together")
        FELL_THROUGH = "fell_through", _("it did not happen")

    class SaidBy(models.TextChoices):
        PARENT = "parent", _("told by the parent")
        STAFF = "staff", _("recorded by the school")

    school = school_field(db_index=False)
    season = models.ForeignKey(Season, on_delete=models.CASCADE, related_name="plans")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="reunion_plans")
    adult = models.ForeignKey(Adult, on_delete=models.PROTECT, related_name="reunion_plans")
    travel = models.CharField(_("this holiday"), max_length=10, choices=Travel, default=Travel.OPEN)
    arrives_on = models.DateField(_("arrives on"), null=True, blank=True)
    leaves_on = models.DateField(_("leaves on"), null=True, blank=True)
    has_ticket = models.BooleanField(_("the ticket is bought"), default=False)
    words = models.CharField(_("in their words"), max_length=200, blank=True)
    # The day to which the child is still counting, if the parent has changed it since. The child's
    # page changes only when an adult has told the child.
    child_expects_on = models.DateField(null=True, blank=True, editable=False)
    said_by = models.CharField(max_length=8, choices=SaidBy)
    said_at = models.DateTimeField()
    recorded_by = user_field(null=True)
    outcome = models.CharField(_("outcome of the plan"), max_length=14, choices=Outcome, blank=True)
    outcome_at = models.DateTimeField(null=True, blank=True)
    outcome_by = user_field(null=True)

    class Meta:
        verbose_name = _("holiday plan")
        verbose_name_plural = _("holiday plans")
        ordering = ["arrives_on", "pk"]
        # For the query that runs every minute over all schools: see messages.queue_reminders.
        indexes = [
            models.Index(
                fields=["leaves_on"], condition=Q(leaves_on__isnull=False), name="partings"
            ),
            models.Index(
                fields=["student"],
                condition=Q(child_expects_on__isnull=False),
                name="untold_plans",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["season", "student", "adult"], name="one_plan_per_parent_and_season"
            ),
            models.CheckConstraint(
                name="leaves_after_arriving",
                condition=Q(arrives_on=None)
                | Q(leaves_on=None)
                | Q(leaves_on__gte=F("arrives_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.adult_id} {self.travel}"

    @property
    def is_together(self) -> bool:
        return self.travel in (self.Travel.COMES, self.Travel.CHILD_GOES)

    @property
    def told_day(self) -> date | None:
        """Return the arrival that the child may be told, if any: only with a ticket.

        A broken promise hurts more than waiting. If the child travels, nobody comes home.
        """
        is_sure = self.travel == self.Travel.COMES and self.has_ticket
        return self.arrives_on if is_sure else None

    @property
    def is_off(self) -> bool:
        return self.outcome == self.Outcome.FELL_THROUGH


@pghistory.track()
class Watch(models.Model):
    """A check on a child around the day on which a parent leaves again."""

    class Seen(models.TextChoices):
        FINE = "fine", _("is fine")
        QUIET = "quiet", _("quieter than usual; we are looking after them")
        WORRYING = "worrying", _("not well; I need a colleague to look at it with me")

    school = school_field(db_index=False)
    plan = models.ForeignKey(ReunionPlan, on_delete=models.CASCADE, related_name="watches")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="+")
    step = models.SmallIntegerField(_("days from the parting"))
    due_on = models.DateField(_("due"))
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = user_field(null=True)
    seen = models.CharField(_("how the child is"), max_length=10, choices=Seen, blank=True)
    words = models.CharField(_("what you saw"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("departure watch")
        verbose_name_plural = _("departure watch")
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(
                fields=["school", "due_on"], condition=Q(done_at=None), name="open_watches"
            ),
            # Read by safeguarding's intake every few seconds.
            models.Index(fields=["done_at"], condition=Q(seen="worrying"), name="worrying_watches"),
        ]
        constraints = [models.UniqueConstraint(fields=["plan", "step"], name="one_watch_per_step")]

    def __str__(self) -> str:
        return f"{self.student_id} {self.step:+d} {self.due_on}"


class Topic(models.TextChoices):
    """Topics for families who think about living together again (product.md A1)."""

    REGISTER = "register", _("Household register and residence permit")
    SCHOOLING = "schooling", _("City schooling for a migrant child")
    HOMECOMING = "homecoming", _("Work nearer home")


PROVINCES: list[tuple[str, object]] = [
    # GB/T 2260 codes of provinces; "" is the page that applies everywhere.
    ("", _("everywhere")),
    ("11", _("Beijing")), ("12", _("Tianjin")), ("13", _("Hebei")), ("14", _("Shanxi")),
    ("15", _("Inner Mongolia")), ("21", _("Liaoning")), ("22", _("Jilin")),
    ("23", _("Heilongjiang")), ("31", _("Shanghai")), ("32", _("Jiangsu")),
    ("33", _("Zhejiang")), ("34", _("Anhui")), ("35", _("Fujian")), ("36", _("Jiangxi")),
    ("37", _("Shandong")), ("41", _("Henan")), ("42", _("Hubei")), ("43", _("Hunan")),
    ("44", _("Guangdong")), ("45", _("Guangxi")), ("46", _("Hainan")), ("50", _("Chongqing")),
    ("51", _("Sichuan")), ("52", _("Guizhou")), ("53", _("Yunnan")), ("54", _("Tibet")),
    ("61", _("Shaanxi")), ("62", _("Gansu")), ("63", _("Qinghai")), ("64", _("Ningxia")),
    ("65", _("Xinjiang")),
]  # fmt: skip


@pghistory.track()
class InfoPage(models.Model):
    """What a school tells families about one question in one province: plain text, checked by a person."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="info_pages")
    topic = models.CharField(_("question"), max_length=12, choices=Topic)
    province = models.CharField(_("province"), max_length=2, blank=True, choices=PROVINCES)
    body = models.TextField(_("what families should know"), max_length=4000)
    source = models.CharField(_("source"), max_length=200, blank=True)
    checked_on = models.DateField(_("checked on"))

    class Meta:
        verbose_name = _("page for families")
        verbose_name_plural = _("pages for families")
        ordering = ["topic", "province"]
        constraints = [
            models.UniqueConstraint(
                fields=["school", "topic", "province"], name="one_page_per_question_and_province"
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.province}"


@pghistory.track()
class InfoAsked(models.Model):
    """A family's question to the school about living together. A named person answers it."""

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="info_asked")
    adult = models.ForeignKey(Adult, on_delete=models.PROTECT, related_name="info_asked")
    topic = models.CharField(_("question"), max_length=12, choices=Topic)
    words = models.CharField(_("in their words"), max_length=300)
    key = models.UUIDField(unique=True, editable=False)
    asked_at = models.DateTimeField()
    answer = models.CharField(_("the school's answer"), max_length=1000, blank=True)
    answered_by = user_field(null=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("question of a family")
        verbose_name_plural = _("questions of families")
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(
                fields=["school", "asked_at"], condition=Q(answered_at=None), name="open_info_asked"
            ),
            models.Index(
                fields=["answered_at"],
                condition=Q(answered_at__isnull=False),
                name="info_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.asked_at:%Y-%m-%d}"
