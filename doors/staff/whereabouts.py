"""Families of one class for whose parents nobody has recorded whether they live at home: one line each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from django import forms
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.day_fields import day_field
from core.names import joined
from guardians.forms import refuse_coming_day
from guardians.models import Guardianship, Migration
from guardians.presenters import called
from guardians.queries import parents_of_unknown_place
from students.models import Student

AWAY, HOME = "a", "h"  # an answer has one letter for each adult of the line, in order


@dataclass
class Line:
    """Siblings in the class with the same parents share one line; each adult is in one line only."""

    children: list[Student]
    ties: list[Guardianship] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"f{self.children[0].pk}"

    @property
    def name(self) -> str:
        return joined([child.name for child in self.children])

    @property
    def adults(self) -> str:
        return joined([tie.adult.name for tie in self.ties])

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Return the possible answers. All away comes first, because it is true of most of these families."""
        count = len(self.ties)
        if count == 1:
            who = {"who": called(self.ties[0])}
            return [(AWAY, _("%(who)s away") % who), (HOME, _("%(who)s at home") % who)]
        alone = [
            (
                HOME * at + AWAY + HOME * (count - at - 1),
                _("only %(who)s away") % {"who": called(tie)},
            )
            for at, tie in enumerate(self.ties)
        ]
        both = (
            [_("both away"), _("both at home")] if count == 2 else [_("all away"), _("all at home")]
        )
        return [(AWAY * count, both[0]), *alone, (HOME * count, both[1])]


def lines_of(children: Sequence[Student], on: date) -> list[Line]:
    """Return lines in the order of `children`; two queries.

    Adults with a place recorded from a later day are left out.
    """
    later = Migration.objects.filter(adult_id=OuterRef("adult_id"), ends_on=None)
    rows = parents_of_unknown_place(on).filter(~Exists(later), student__in=children)
    ties = rows.select_related("adult").order_by("student_id", "priority", "pk")
    of_child = {pk: list(found) for pk, found in groupby(ties, key=lambda tie: tie.student_id)}
    lines: list[Line] = []
    line_of: dict[int, Line] = {}
    for child in children:
        own = of_child.get(child.pk, [])
        new = [tie for tie in own if tie.adult_id not in line_of]
        if new:
            lines.append(Line([child], new))
            line_of |= {tie.adult_id: lines[-1] for tie in new}
        elif own:
            line_of[own[0].adult_id].children.append(child)
    return lines


class WhereaboutsForm(forms.Form):
    """One choice for each line; if nothing is chosen, it stays unknown."""

    starts_on = day_field(gettext_lazy("From which day"))

    def __init__(self, *args, lines: Sequence[Line], today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.lines, self.today = lines, today
        for line in lines:
            choices = [*line.choices, ("", _("not known"))]
            self.fields[line.key] = forms.ChoiceField(choices=choices, required=False)

    def clean_starts_on(self) -> date:
        starts_on = self.cleaned_data["starts_on"]
        refuse_coming_day(starts_on, self.today)
        return starts_on

    @property
    def rows(self) -> list[tuple[Line, forms.BoundField]]:
        return [(line, self[line.key]) for line in self.lines]

    @property
    def away(self) -> dict[int, bool]:
        """Return adult → whether they are away, for those with a choice."""
        return {
            tie.adult_id: letter == AWAY
            for line in self.lines
            if (answer := self.cleaned_data[line.key])
            for tie, letter in zip(line.ties, answer, strict=True)
        }
