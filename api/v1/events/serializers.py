from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api.pages import PageOut
from learning.models import Audience
from meetings.models import Meeting


class InvitedField(serializers.ListField):
    def get_attribute(self, instance: Meeting) -> list[str]:
        return self.context["invited"].get(instance.pk, [])


class EventOut(serializers.Serializer):
    id = serializers.CharField(source="pk")
    kind = serializers.ChoiceField(choices=Meeting.Kind.choices)
    title = serializers.CharField()
    place = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    is_off = serializers.SerializerMethodField(help_text=_("Whether it was called off"))
    invites = serializers.ChoiceField(source="scope", choices=["school", "grades", "classes"])
    classes = InvitedField(
        child=serializers.CharField(), help_text=_("sourcedId of each class that is invited")
    )

    def get_is_off(self, meeting: Meeting) -> bool:
        return meeting.off_at is not None


class EventsOut(PageOut):
    events = EventOut(many=True)


class LessonOut(serializers.Serializer):
    id = serializers.CharField(source="pk")
    key = serializers.SerializerMethodField(help_text=_("Pack and lesson"))
    title = serializers.SerializerMethodField()
    audience = serializers.ListField(child=serializers.ChoiceField(choices=Audience.choices))
    minutes = serializers.IntegerField(
        allow_null=True, help_text=_("Of a lesson in class; null: for families")
    )

    def get_key(self, lesson) -> str:
        return f"{lesson.pack}/{lesson.key}"

    def get_title(self, lesson) -> str:
        return str(lesson.text(self.context["language"]).get("title", ""))


class LessonsOut(PageOut):
    lessons = LessonOut(many=True)
