from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api.v1.serializers import STUDENT_WORDS
from calls.models import CallPlace, CallSlot
from messaging.queries import Bridge

# "I need help" is for people alone.
STATES = [one.value for one in Bridge if one != Bridge.NEEDS_HELP]


class CheckInOut(serializers.Serializer):
    student = serializers.CharField(help_text=STUDENT_WORDS)
    state = serializers.ChoiceField(
        choices=STATES,
        help_text=_("As the board shows it; nobody: a task for the teacher. Nobody's words"),
    )
    days = serializers.IntegerField(
        allow_null=True, help_text=_("Since child and parent last talked; null: no talk is known")
    )


class CheckInsOut(serializers.Serializer):
    school_class = serializers.CharField()
    children = CheckInOut(many=True)


class SlotOut(serializers.Serializer):
    id = serializers.CharField(source="pk")
    student = serializers.CharField(source="student_id", help_text=STUDENT_WORDS)
    place = serializers.CharField(source="place.name", help_text=_("Which phone or room"))
    kind = serializers.ChoiceField(source="place.kind", choices=CallPlace.Kind.choices)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=CallSlot.State.choices)


class SlotsOut(serializers.Serializer):
    day = serializers.DateField()
    calls = SlotOut(many=True)
