"""Numbers that stand on every page of the pupils' door."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Hotline:
    number: str
    label: str | Promise


# 12356: psychological aid, national since May 2025; 12355: youth line; 110: police.
HOTLINES = [
    Hotline("12356", _("Feeling bad")),
    Hotline("12355", _("Youth line")),
    Hotline("110", _("In danger")),
]
