"""What our own addresses read and write, as the description shows it."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api.views import Strict
from classroom.models import AttendanceMark
from classroom.reported import KINDS, REASONS, ReportedMark
from classroom.rules import Mark
from core.requests import key_of
from figures.models import PublishedFigure

ROWS_MOST = 3000  # rows of one list: a day of a large school


class DefinitionOut(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    counts = serializers.CharField(help_text=_("What is counted"))
    out_of = serializers.CharField(help_text=_("Of what; empty: a number, no share"))
    window = serializers.CharField(help_text=_("In which time"))
    source = serializers.CharField(help_text=_("From what"))  # type: ignore[assignment]  # Field has a `source` too
    missing = serializers.CharField(help_text=_("How missing records are counted"))


class DefinitionsOut(serializers.Serializer):
    definitions = DefinitionOut(many=True)


class FigureOut(serializers.Serializer):
    key = serializers.CharField(help_text=_("The key of a definition"))
    unit = serializers.ChoiceField(choices=PublishedFigure.Unit.choices)
    low = serializers.IntegerField(allow_null=True, help_text=_("It is this or more"))
    high = serializers.IntegerField(allow_null=True, help_text=_("It is this or less"))
    gap = serializers.ChoiceField(
        choices=PublishedFigure.Gap.choices, allow_blank=True, help_text=_("Why it has no span")
    )


class WeekOut(serializers.Serializer):
    ends_on = serializers.DateField()
    edition = serializers.IntegerField(help_text=_("From 2 on: corrected"))
    why = serializers.CharField(allow_blank=True, help_text=_("Why it was corrected"))
    figures = FigureOut(many=True)


class FiguresOut(serializers.Serializer):
    school = serializers.CharField(help_text=_("The school's official code"))
    weeks = WeekOut(many=True)


class KeyField(serializers.CharField):
    """The number of a row, as text, because some languages cannot hold large numbers."""

    default_error_messages = {"invalid": _("This is not a number that we issued.")}

    def to_internal_value(self, data: Any) -> str:
        found = super().to_internal_value(data)
        if key_of(found) is None:
            self.fail("invalid")
        return found


STUDENT_WORDS = _("sourcedId of the pupil, as in the roster")


class RowIn(Strict):
    student = KeyField(help_text=STUDENT_WORDS, max_length=19)
    day = serializers.DateField()
    mark = serializers.ChoiceField(choices=[(one.value, one.label) for one in KINDS])
    reason = serializers.ChoiceField(
        choices=[(one.value, one.label) for one in REASONS], required=False
    )


class AttendanceIn(Strict):
    rows = serializers.ListField(child=RowIn(), allow_empty=False, max_length=ROWS_MOST)

    def marks(self) -> list[ReportedMark]:
        return [
            ReportedMark(int(row["student"]), row["day"], Mark(row["mark"], row.get("reason", "")))
            for row in self.validated_data["rows"]
        ]


class SavedOut(serializers.Serializer):
    received = serializers.IntegerField(help_text=_("Rows in the list"))
    changed = serializers.IntegerField(help_text=_("Marks that were written"))
    kept = serializers.IntegerField(
        help_text=_("Marks that differ and stay: a person wrote them, or the child is on leave")
    )


class AttendanceRow(serializers.Serializer):
    student = serializers.CharField()
    mark = serializers.ChoiceField(choices=AttendanceMark.Kind.choices)


class AttendanceOut(serializers.Serializer):
    school_class = serializers.CharField()
    day = serializers.DateField()
    taken_at = serializers.DateTimeField(
        allow_null=True, help_text=_("null: nobody has taken it yet, so nothing is known")
    )
    rows = AttendanceRow(many=True)
