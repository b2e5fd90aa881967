"""What a published week and its spans consist of, in a county and in a province.

The constraints are those that the database puts on each span.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Sending(models.TextChoices):
    GOES = "goes", _("messages go out")
    QUIET = "quiet", _("no message this week")
    NOT_STARTED = "not_started", _("sending not started")
    NO_CHANNEL = "no_channel", _("no channel to families")
    STOPPED = "stopped", _("sending stopped")
    FAILING = "failing", _("many messages do not go out")


# Reasons for the county to ask: no message can reach a family.
IN_TROUBLE = (Sending.NOT_STARTED, Sending.NO_CHANNEL, Sending.STOPPED, Sending.FAILING)


class Unit(models.TextChoices):
    COUNT = "count", _("children")
    SHARE = "share", _("per cent")
    DAYS = "days", _("days")


class Gap(models.TextChoices):
    FEW = "few", _("too few to be shown")
    UNKNOWN = "unknown", _("not known")


def constraints(prefix: str = "") -> list[models.BaseConstraint]:
    return [
        models.UniqueConstraint(fields=["week", "key"], name=f"{prefix}one_figure_per_week"),
        models.CheckConstraint(
            name=f"{prefix}figure_or_gap",
            condition=Q(low=None, high=None) & ~Q(gap="") | Q(low__isnull=False, gap=""),
        ),
        # The database itself also refuses a count below ten.
        models.CheckConstraint(
            name=f"{prefix}counts_in_tens",
            condition=~Q(unit="count")
            | Q(low=None)
            | (Q(low=0) | Q(low__gte=10)) & Q(high=F("low") + 9),
        ),
        models.CheckConstraint(
            name=f"{prefix}shares_in_spans",
            condition=~Q(unit="share") | Q(low=None) | Q(low__lt=F("high"), high__lte=100),
        ),
    ]
