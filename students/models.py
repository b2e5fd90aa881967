from typing import ClassVar

import pghistory
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from schools.models import DateSpan, School, SchoolClass, ends_after_start


@pghistory.track()
class Student(models.Model):
    """A child's file. What changes over time with a date has its own dated rows (Enrolment,
    guardians.Guardianship, guardians.Migration); the fields here keep their history by trigger.
    """

    class Sex(models.TextChoices):
        FEMALE = "f", _("Girl")
        MALE = "m", _("Boy")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="students")
    name = models.CharField(_("name"), max_length=60)
    name_pinyin = models.CharField(max_length=120, editable=False)
    name_initials = models.CharField(max_length=12, editable=False)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex, blank=True)
    born_on = models.DateField(_("date of birth"), null=True, blank=True)
    id_number = models.CharField(_("identity card number"), max_length=18, blank=True)
    student_number = models.CharField(_("student number"), max_length=20, blank=True)
    is_boarding = models.BooleanField(_("boards at school"), null=True, blank=True)
    dormitory = models.CharField(_("dormitory"), max_length=40, blank=True)
    address = models.CharField(_("home address"), max_length=200, blank=True)
    village = models.CharField(_("village"), max_length=60, blank=True)
    journey = models.CharField(_("way to school"), max_length=200, blank=True)
    health = models.CharField(_("health"), max_length=300, blank=True)
    strengths = models.CharField(_("good at"), max_length=200, blank=True)
    wish = models.CharField(_("the family's wish"), max_length=300, blank=True)
    # Four pictures in order ("sun-fish-boat-tree"), told to the child on a slip of paper.
    picture_code = models.CharField(max_length=60, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("child")
        verbose_name_plural = _("children")
        indexes: ClassVar = [
            models.Index(fields=["school", "name_pinyin", "id"]),
            GinIndex(
                name="student_search",
                fields=["name", "name_pinyin", "name_initials"],
                opclasses=["gin_trgm_ops"] * 3,
            ),
        ]
        constraints: ClassVar = [
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
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def surname(self) -> str:
        return self.name[:1]

    @property
    def given_name(self) -> str:
        """What family pages and messages call the child: 梦瑶 for 徐梦瑶, 静 stays 何静."""
        return self.name[1:] if len(self.name) == 3 else self.name


@pghistory.track()
class Enrolment(models.Model):
    """In which class a child was, from when until when; a child is in one class at a time."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="enrolments")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="enrolments")
    school_class = models.ForeignKey(
        SchoolClass, on_delete=models.PROTECT, related_name="enrolments"
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-starts_on"]
        indexes: ClassVar = [models.Index(fields=["school_class", "starts_on"])]
        constraints: ClassVar = [
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


@pghistory.track()
class Barrier(models.Model):
    """A member of staff who may not see this child's file, nor hear of it, whatever their post: a
    suspected person loses access at once (nine-body opinion of May 2020). Lifted, never deleted.
    """

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+", db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="barriers")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="barriers"
    )
    reason = models.CharField(_("reason"), max_length=200)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_barrier_at_a_time",
                fields=["user", "student"],
                condition=Q(lifted_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} / {self.student_id}"
