from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api.v1.serializers import STUDENT_WORDS, KeyField
from api.views import Strict, TextField
from notices.for_systems.reported import ID_LENGTH

CHILDREN_MOST = 500  # in one message


class TextOut(serializers.Serializer):
    id = serializers.CharField(source="pk")
    title = serializers.CharField()
    words = serializers.CharField()
    language = serializers.CharField()


class TextsOut(serializers.Serializer):
    texts = TextOut(many=True)


class MessageIn(Strict):
    id = TextField(
        max_length=ID_LENGTH,
        help_text=_("Your own id of this message: if you repeat it, the message is not sent twice"),
    )
    text = KeyField(help_text=_("Which of the school's texts"), max_length=19)
    students = serializers.ListField(
        child=KeyField(help_text=STUDENT_WORDS, max_length=19),
        allow_empty=False,
        max_length=CHILDREN_MOST,
        help_text=_("Whose families get it"),
    )


class MessageOut(serializers.Serializer):
    id = serializers.CharField()
    state = serializers.ChoiceField(
        choices=["waiting", "sent", "stopped"],
        help_text=_(
            "waiting: it is sent within minutes. stopped: somebody at the school withdrew it"
        ),
    )
    students = serializers.IntegerField(help_text=_("Children in the message"))
    families = serializers.IntegerField(
        allow_null=True, help_text=_("In tens; null: not sent yet, or fewer than ten")
    )
    read = serializers.IntegerField(
        allow_null=True,
        help_text=_("Families that have read it, in tens; null: fewer than ten"),
    )
