from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api.pages import PageOut
from surveys.models import Round


class RoundOut(serializers.Serializer):
    id = serializers.CharField(source="pk")
    instrument = serializers.CharField(source="edition.key")
    version = serializers.IntegerField(source="edition.version")
    how = serializers.ChoiceField(choices=Round.How.choices)
    opened_at = serializers.DateTimeField()
    due_on = serializers.DateField()
    is_open = serializers.SerializerMethodField()
    classes = serializers.SerializerMethodField(help_text=_("sourcedId of each class"))

    def get_is_open(self, round_: Round) -> bool:
        return round_.is_open(self.context["on"])

    def get_classes(self, round_: Round) -> list[str]:
        return [str(one.pk) for one in round_.classes.all()]


class RoundsOut(PageOut):
    rounds = RoundOut(many=True)


class ProgressOut(serializers.Serializer):
    id = serializers.CharField()
    asked = serializers.IntegerField(
        allow_null=True, help_text=_("Forms to fill in, in tens; null: fewer than ten")
    )
    finished = serializers.IntegerField(
        allow_null=True, help_text=_("Of these finished, in tens; null: fewer than ten")
    )


class BundleOut(serializers.Serializer):
    """The parts of an HL7 R4 Bundle that every answer has."""

    resourceType = serializers.CharField()
    type = serializers.CharField()
    timestamp = serializers.CharField()
    meta = serializers.DictField()
    link = serializers.ListField(child=serializers.DictField(), required=False)
    entry = serializers.ListField(child=serializers.DictField(), required=False)
