from django.contrib.postgres.fields import ArrayField
from django.db import models

from schools.fields import school_field
from schools.models import School, SchoolClass


class ClassDay(models.Model):
    """The sums of one class on a day, counted by `counting`. A school is the sum of its classes.

    A row is valid only on its day, and only until the database marks the class as changed (StaleClass).
    """

    school = school_field(db_index=False)
    school_class = models.OneToOneField(SchoolClass, on_delete=models.CASCADE, related_name="+")
    on = models.DateField()
    children = ArrayField(models.BigIntegerField())  # keys of those in the class
    without_parents = models.PositiveIntegerField()  # on record
    whereabouts_unknown = models.PositiveIntegerField()
    # Of children with a parent away, as all that follow:
    with_parent_away = models.PositiveIntegerField()
    never_talked = models.PositiveIntegerField()
    silent_since = models.DateField(null=True)  # the earliest of their last talks
    connected = models.PositiveIntegerField()
    confirmed = models.PositiveIntegerField()
    connected_before = models.PositiveIntegerField()  # in the seven days before
    fell_silent = models.PositiveIntegerField()
    talk_again = models.PositiveIntegerField()
    several_ways = models.PositiveIntegerField()
    one_way = models.PositiveIntegerField()
    no_way = models.PositiveIntegerField()
    ways_unknown = models.PositiveIntegerField()
    newly_unreachable = models.PositiveIntegerField()
    by_parents = models.PositiveIntegerField()  # a way to a parent works
    with_carer = models.PositiveIntegerField()
    by_carers = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["school", "on"], name="class_days")]

    def __str__(self) -> str:
        return f"{self.school_class_id} {self.on} {self.connected}/{self.with_parent_away}"


class StaleClass(models.Model):
    """Something changed that this class's day, or its weeks of these days, count.

    The database writes it in the transaction of the change (migrations/0003); it is deleted when the weeks
    are counted again (class_weeks.keeping).
    """

    # The class may be deleted in the same transaction; a mark for a deleted class does no harm.
    school = models.ForeignKey(
        School, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    school_class = models.ForeignKey(
        SchoolClass,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    first_on = models.DateField()
    last_on = models.DateField(null=True)  # None: until further notice

    def __str__(self) -> str:
        return f"{self.school_class_id} {self.first_on}–{self.last_on or ''}"
