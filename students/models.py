from datetime import date
from typing import Any

import pghistory
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from schools.fields import school_field
from schools.models import DateSpan, School, SchoolClass, ends_after_start

# For text fields added later: the database supplies the default without rewriting a million rows.
EMPTY: dict[str, Any] = {"blank": True, "default": "", "db_default": ""}


@pghistory.track()
class Student(models.Model):
    """A child's file.

    What changes from a date on has dated rows of its own (Enrolment, guardians.Guardianship,
    guardians.Migration); a trigger keeps the history of the fields here.
    """

    class Sex(models.TextChoices):
        FEMALE = "f", _("Girl")
        MALE = "m", _("Boy")

    class Journey(models.TextChoices):
        WALKS = "walks", _("on foot")
        CYCLES = "cycles", _("by bicycle")
        SCHOOL_BUS = "school_bus", _("by school bus")
        PUBLIC_BUS = "public_bus", _("by public bus")
        BROUGHT = "brought", _("brought by a family member")
        SHARED = "shared", _("in a car shared with others")

    class Disability(models.TextChoices):
        """The seven kinds in the Law on the Protection of Persons with Disabilities, Art. 2."""

        NONE = "none", _("none")
        SIGHT = "sight", _("sight")
        HEARING = "hearing", _("hearing")
        SPEECH = "speech", _("speech")
        LIMBS = "limbs", _("limbs")
        INTELLECT = "intellect", _("intellect")
        MIND = "mind", _("mind")
        SEVERAL = "several", _("several")

    class DisabilityLevel(models.TextChoices):
        FIRST = "1", _("first level (gravest)")
        SECOND = "2", _("second level")
        THIRD = "3", _("third level")
        FOURTH = "4", _("fourth level")

    class Registration(models.TextChoices):
        RURAL = "rural", _("rural")
        URBAN = "urban", _("urban")

    class Wish(models.TextChoices):
        CHILD_JOINS = "child_joins", _("the child joins the parents in the city")
        PARENT_RETURNS = "parent_returns", _("a parent comes back home")
        BOTH_RETURN = "both_return", _("both parents come back home")
        STAYS = "stays", _("it stays as it is for now")

    class SpecialCare(models.TextChoices):
        """The groups that the Ministry of Education's Ten Measures (Oct 2025) name next to left-behind
        children.

        Whether a child is left behind is worked out and never entered.
        """

        ORPHAN = "orphan", _("orphan")
        UNSUPPORTED = "unsupported", _("in fact unsupported")
        SINGLE_PARENT = "single_parent", _("lives with one parent")
        MIGRANT = "migrant", _("moved here with working parents")
        OTHER = "other_care", _("for another reason")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="students")
    name = models.CharField(_("name"), max_length=60)
    name_pinyin = models.CharField(max_length=120, editable=False)
    name_initials = models.CharField(max_length=12, editable=False)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex, blank=True)
    born_on = models.DateField(_("date of birth"), null=True, blank=True)
    id_number = models.CharField(_("identity card number"), max_length=18, blank=True)
    student_number = models.CharField(_("student number"), max_length=20, blank=True)
    ethnicity = models.CharField(_("ethnicity"), max_length=20, **EMPTY)
    is_boarding = models.BooleanField(_("boards at school"), null=True, blank=True)
    dormitory = models.CharField(_("dormitory"), max_length=40, blank=True)
    boards_since = models.DateField(_("so since"), null=True, blank=True)
    address = models.CharField(_("home address"), max_length=200, blank=True)
    village = models.CharField(_("village"), max_length=60, blank=True)
    lives_there_since = models.DateField(_("lives there since"), null=True, blank=True)
    journey_by = models.CharField(_("how"), max_length=12, choices=Journey, **EMPTY)
    journey_minutes = models.PositiveSmallIntegerField(_("minutes one way"), null=True, blank=True)
    journey_km = models.DecimalField(
        _("kilometres one way"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    journey_with = models.CharField(_("with whom"), max_length=60, **EMPTY)
    journey_dangers = models.CharField(_("what is dangerous on the way"), max_length=200, **EMPTY)
    journey = models.CharField(_("way to school"), max_length=200, blank=True)
    journey_since = models.DateField(_("travels this way since"), null=True, blank=True)
    illness = models.CharField(_("long illness"), max_length=200, **EMPTY)
    allergies = models.CharField(_("allergies"), max_length=200, **EMPTY)
    disability = models.CharField(_("disability"), max_length=10, choices=Disability, **EMPTY)
    disability_level = models.CharField(
        _("level on the certificate"), max_length=1, choices=DisabilityLevel, **EMPTY
    )
    is_insured = models.BooleanField(_("has health insurance"), null=True, blank=True)
    is_vaccinated = models.BooleanField(_("vaccinations complete"), null=True, blank=True)
    checked_up_on = models.DateField(_("last check-up"), null=True, blank=True)
    health = models.CharField(_("health"), max_length=300, blank=True)
    is_registered = models.BooleanField(_("is on a household register"), null=True, blank=True)
    registered_at = models.CharField(_("registered at"), max_length=120, **EMPTY)
    registration = models.CharField(
        _("kind of registration"), max_length=5, choices=Registration, **EMPTY
    )
    has_city_schooling = models.BooleanField(
        _("has gone to school where a parent works"), null=True, blank=True
    )
    has_residence_permit = models.BooleanField(
        _("a parent has a residence permit there"), null=True, blank=True
    )
    city_schooling = models.CharField(_("school in the city"), max_length=200, **EMPTY)
    assistance = models.CharField(_("state assistance"), max_length=120, **EMPTY)
    # For each ground (SpecialCare), its date and how the school knows of it; a child may have several.
    orphan_since = models.DateField(_("orphan: from which day"), null=True, blank=True)
    orphan_basis = models.CharField(_("orphan: how the school knows"), max_length=200, **EMPTY)
    unsupported_since = models.DateField(
        _("in fact unsupported: from which day"), null=True, blank=True
    )
    unsupported_basis = models.CharField(
        _("in fact unsupported: how the school knows"), max_length=200, **EMPTY
    )
    single_parent_since = models.DateField(
        _("lives with one parent: from which day"), null=True, blank=True
    )
    single_parent_basis = models.CharField(
        _("lives with one parent: how the school knows"), max_length=200, **EMPTY
    )
    migrant_since = models.DateField(
        _("moved here with working parents: from which day"), null=True, blank=True
    )
    migrant_basis = models.CharField(
        _("moved here with working parents: how the school knows"), max_length=200, **EMPTY
    )
    other_care_since = models.DateField(_("another reason: from which day"), null=True, blank=True)
    other_care_basis = models.CharField(
        _("another reason: which, and how the school knows"), max_length=200, **EMPTY
    )
    care_plan = models.CharField(_("what school, family and village do"), max_length=500, **EMPTY)
    care_plan_review_on = models.DateField(_("look at the plan again on"), null=True, blank=True)
    strengths = models.CharField(_("good at"), max_length=200, blank=True)
    wish_kind = models.CharField(_("what they wish"), max_length=14, choices=Wish, **EMPTY)
    wish = models.CharField(_("the family's wish"), max_length=300, blank=True)
    wish_obstacle = models.CharField(_("what stands in the way"), max_length=300, **EMPTY)
    wish_since = models.DateField(_("wished since"), null=True, blank=True)
    # Six pictures in order (students.pictures), given to the child on a slip of paper.
    picture_code = models.CharField(max_length=60, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # Identifies the line of an entry sheet that created the file, so that sending it again creates no second
    # one.
    entry_key = models.UUIDField(null=True, editable=False)
    # Annotations of queries.with_class.
    class_id: int
    class_name: str

    class Meta:
        verbose_name = _("child")
        verbose_name_plural = _("children")
        indexes = [
            models.Index(fields=["school", "name_pinyin", "id"]),
            GinIndex(
                name="student_search",
                fields=["name", "name_pinyin", "name_initials"],
                opclasses=["gin_trgm_ops"] * 3,
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="one_file_per_id_number",
                fields=["school", "id_number"],
                condition=~Q(id_number=""),
            ),
            models.UniqueConstraint(
                name="one_file_per_student_number",
                fields=["school", "student_number"],
                condition=~Q(student_number=""),
            ),
            models.UniqueConstraint(
                name="one_file_per_entry_key",
                fields=["entry_key"],
                condition=Q(entry_key__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def surname(self) -> str:
        return self.name[:1]

    @property
    def care_grounds(self) -> list[tuple[str, date, str]]:
        """Return why this child needs special care, as (ground, from which day, how the school knows)."""
        found = []
        for ground in self.SpecialCare:
            since = getattr(self, f"{ground}_since")
            if since:
                found.append((str(ground.label), since, getattr(self, f"{ground}_basis")))
        return found

    @property
    def given_name(self) -> str:
        """Return what family pages and messages call the child: 梦瑶 for 徐梦瑶, but 何静 in full."""
        return self.name[1:] if len(self.name) == 3 else self.name


@pghistory.track()
class Enrolment(models.Model):
    """A child's membership of a class, with its dates; a child is in one class at a time.

    `left_reason` is set if the child left the school on `ends_on`, not if another class follows.
    """

    class Left(models.TextChoices):
        OTHER_SCHOOL = "other_school", _("goes to another school nearby")
        TO_PARENTS = "to_parents", _("has joined the parents and goes to school there")
        FINISHED = "finished", _("has finished school")
        DROPPED_OUT = "dropped_out", _("has stopped coming: needs follow-up")
        ILL = "ill", _("too ill to come")
        OTHER = "other", _("for another reason")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="enrolments")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="enrolments")
    school_class = models.ForeignKey(
        SchoolClass, on_delete=models.PROTECT, related_name="enrolments"
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    left_reason = models.CharField(_("left because"), max_length=14, choices=Left, **EMPTY)
    left_to = models.CharField(_("where to"), max_length=120, **EMPTY)

    class Meta:
        ordering = ["-starts_on"]
        indexes = [
            models.Index(fields=["school_class", "starts_on"]),
            models.Index(fields=["school", "ends_on"], name="enrolments_by_end"),
        ]
        constraints = [
            ends_after_start("enrolment_ends_after_start"),
            ExclusionConstraint(
                name="one_class_at_a_time",
                expressions=[
                    ("student", RangeOperators.EQUAL),
                    (DateSpan(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student} {self.school_class} {self.starts_on}"

    def covers(self, on: date) -> bool:
        """Return whether `schools.models.holds_on` is true for a row already loaded."""
        return self.starts_on <= on and (self.ends_on is None or self.ends_on >= on)


@pghistory.track()
class Barrier(models.Model):
    """A member of staff who may not see this child's file or hear of it, whatever their post: a suspected
    person loses access at once (nine-body opinion of May 2020).

    A barrier is lifted, never deleted.
    """

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="barriers")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="barriers"
    )
    reason = models.CharField(_("reason"), max_length=200)
    # Set by a report of suspected harm: it is lifted there, with a reason, and nowhere else.
    is_by_report = models.BooleanField(default=False, db_default=False)
    # A report requires the barrier, even if somebody had set it before; until the report is lifted, nobody
    # can lift it.
    held_by_report = models.BooleanField(default=False, db_default=False)
    # The author of a report in force that is about this child itself and names them. Only from such a row,
    # not from that of a brother or sister, does the barrier extend to siblings recorded later.
    reported_by = user_field(null=True, db_index=False)
    set_by = user_field()
    set_at = models.DateTimeField()
    lifted_by = user_field(null=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_barrier_at_a_time",
                fields=["user", "student"],
                condition=Q(lifted_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} / {self.student_id}"
