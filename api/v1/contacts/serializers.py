from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api.v1.serializers import STUDENT_WORDS, KeyField
from api.views import MomentField, Strict, TextField
from calls.actions import CALL_MINUTES_MAX
from calls.reported import ID_LENGTH, Counted, ReportedCall
from guardians.models import PARENTS, Relation

CALLS_MOST = 200  # calls in one list: a day of a large school's phones


class CallIn(Strict):
    id = TextField(
        max_length=ID_LENGTH,
        help_text=_("Your own id of this call: a call reported again does not count twice"),
    )
    student = KeyField(help_text=STUDENT_WORDS, max_length=19)
    number = TextField(
        required=False, max_length=30, help_text=_("The parent's number; or else `relation`")
    )
    relation = serializers.ChoiceField(
        choices=[(one, Relation(one).label) for one in PARENTS],
        required=False,
        help_text=_("Which parent, where your system knows that and not the number"),
    )
    began_at = MomentField()
    seconds = serializers.IntegerField(
        min_value=0, max_value=CALL_MINUTES_MAX * 60, help_text=_("How long they talked")
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("number" in attrs) == ("relation" in attrs):
            words = _("Either a number or a relation says which parent it was.")
            raise serializers.ValidationError({"number": [words]})
        return attrs


class CallsIn(Strict):
    calls = serializers.ListField(child=CallIn(), allow_empty=False, max_length=CALLS_MOST)

    def reported(self) -> list[ReportedCall]:
        return [
            ReportedCall(
                row["id"],
                int(row["student"]),
                row.get("number", ""),
                row.get("relation", ""),
                row["began_at"],
                row["seconds"],
            )
            for row in self.validated_data["calls"]
        ]


class CallOut(serializers.Serializer):
    id = serializers.CharField()
    result = serializers.ChoiceField(
        choices=[one.value for one in Counted],
        help_text=_("known: reported before. not_counted: too short, or not a talk with a parent"),
    )


class CallsOut(serializers.Serializer):
    calls = CallOut(many=True)
