from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api.v1.serializers import STUDENT_WORDS
from calls.models import CallPlace, CallSlot
from messaging.queries import Bridge

# That a family asks for help is for people only. Everything other than "talked" is therefore one state, so
# that nobody who asks twice can see a child change to it.
STATES = [Bridge.UNKNOWN.value, Bridge.PLANNED.value, Bridge.WAITING.value, Bridge.TALKED.value]


class CheckInOut(serializers.Serializer):
    student = serializers.CharField(help_text=STUDENT_WORDS)
    state = serializers.ChoiceField(
        choices=STATES,
        help_text=_(
            "planned: the question has not left yet; waiting: they have not said that they talked"
        ),
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
