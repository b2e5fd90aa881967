"""What a county's window and the province's hub hold: the same published spans.

Their keys are shared by no two counties. In a county's own database these tables stay empty.
"""

import uuid
from datetime import date

import pgtrigger
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from figures import spans

# Namespace of every key that is made here; an arbitrary choice that must never change.
KEYS = uuid.UUID("7b0c9b0e-3c1f-4b51-9a55-0f6f4d7e2c60")
CODE_PATTERN = r"^[0-9]{6}$"
# On a hub, each county's rows are written by a role of its own. A key begins with its county's six digits,
# so the row alone tells whose it is, in whatever order rows arrive. The migration sets ENABLE ALWAYS,
# because no other trigger runs for replicated rows.
RECEIVER = "jiaqiao_county_"
OWN_COUNTY = f"""
IF starts_with(current_user, '{RECEIVER}') AND {{foreign}} THEN
    RAISE EXCEPTION 'A row of another county: %', NEW.{{key}};
END IF;
RETURN NEW;
"""
IS_FOREIGN = f"left({{column}}::text, 6) <> substr(current_user, {len(RECEIVER) + 1})"


def own_county(key: str, *columns: str) -> pgtrigger.Trigger:
    foreign = " OR ".join(IS_FOREIGN.format(column=f"NEW.{one}") for one in (key, *columns))
    return pgtrigger.Trigger(
        name="own_county",
        operation=pgtrigger.Insert,
        when=pgtrigger.Before,
        func=OWN_COUNTY.format(foreign=f"({foreign})", key=key),
    )


def key_within(code: str, name: str) -> uuid.UUID:
    """Return a key that begins with the county's six digits."""
    return uuid.UUID(code + uuid.uuid5(KEYS, f"{code}/{name}").hex[len(code) :])


class SharedCounty(models.Model):
    """A county that shares its weeks.

    `code` is that of the administrative division, six digits (GB/T 2260).
    """

    code = models.CharField(
        _("county code"), max_length=6, primary_key=True, validators=[RegexValidator(CODE_PATTERN)]
    )
    name = models.CharField(_("name"), max_length=60)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="shared_county_code", condition=models.Q(code__regex=CODE_PATTERN)
            )
        ]
        triggers = [own_county("code")]

    def __str__(self) -> str:
        return self.name


class SharedWeek(models.Model):
    """A PublishedWeek without the county's own keys and without the reason for a correction.

    The reason is free text. Without a school's code, the week belongs to the county's shared queue.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    county = models.ForeignKey(SharedCounty, on_delete=models.PROTECT, related_name="+")
    school_code = models.CharField(max_length=20, blank=True)
    school_name = models.CharField(max_length=80, blank=True)
    ends_on = models.DateField(_("week until"))
    edition = models.PositiveSmallIntegerField()
    published_at = models.DateTimeField()
    is_late = models.BooleanField(default=False)
    has_counsellor = models.BooleanField(null=True)
    takes_part = models.BooleanField(null=True)
    access_confirmed = models.BooleanField(null=True)
    is_used = models.BooleanField(null=True)
    sending = models.CharField(max_length=12, choices=spans.Sending, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["county", "ends_on", "school_code", "edition"], name="shared_once"
            )
        ]
        # The province's page begins with the last week of all counties.
        indexes = [models.Index(fields=["ends_on"], name="shared_week_ends_on")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update),
            own_county("id", "county_id"),
        ]

    def __str__(self) -> str:
        return f"{self.county_id} {self.school_code} {self.ends_on} ({self.edition})"

    @staticmethod
    def key_of(county: str, school_code: str, ends_on: date, edition: int) -> uuid.UUID:
        return key_within(county, f"{school_code}/{ends_on}/{edition}")


class SharedFigure(models.Model):
    """A PublishedFigure of such a week."""

    id = models.UUIDField(primary_key=True, editable=False)
    week = models.ForeignKey(SharedWeek, on_delete=models.CASCADE, related_name="figures")
    key = models.CharField(max_length=24)
    unit = models.CharField(max_length=5, choices=spans.Unit)
    low = models.PositiveIntegerField(null=True)
    high = models.PositiveIntegerField(null=True)
    gap = models.CharField(max_length=8, choices=spans.Gap, blank=True)

    class Meta:
        constraints = spans.constraints("shared_")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update),
            own_county("id", "week_id"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.low}–{self.high}{self.gap}"

    @staticmethod
    def key_of(week: SharedWeek, key: str) -> uuid.UUID:
        return key_within(week.county_id, f"{week.pk}/{key}")
