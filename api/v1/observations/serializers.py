from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api.pages import PageOut
from api.v1.serializers import STUDENT_WORDS, KeyField
from api.views import MomentField, Strict, TextField
from classroom.models import Deed, Observation, Strength, Theme
from classroom.noted import (
    ID_LENGTH,
    PLACE_AT_MOST,
    WORDS_AT_MOST,
    ReportedNote,
    key_of_note,
)
from schools.models import School
from students.models import Student

NOTES_MOST = 100  # in one list


class ObservationIn(Strict):
    id = TextField(
        max_length=ID_LENGTH,
        help_text=_("Your own id of this note: sent again, it is not added twice"),
    )
    student = KeyField(help_text=STUDENT_WORDS, max_length=19)
    happened_at = MomentField()
    words = TextField(max_length=WORDS_AT_MOST, help_text=_("What was seen, in plain words"))
    place = TextField(max_length=PLACE_AT_MOST, required=False, help_text=_("Where"))
    strengths = serializers.ListField(
        child=serializers.ChoiceField(choices=Strength.choices), required=False, max_length=6
    )
    themes = serializers.ListField(
        child=serializers.ChoiceField(choices=Theme.choices), required=False, max_length=10
    )


class ObservationsIn(Strict):
    observations = serializers.ListField(
        child=ObservationIn(), allow_empty=False, max_length=NOTES_MOST
    )

    def notes(self, children: dict[int, Student], school: School) -> list[ReportedNote | None]:
        """Return one note for each row, in order; None if its child is not among `children`."""
        return [
            ReportedNote(
                key_of_note(school.pk, row["id"]),
                children[int(row["student"])],
                row["happened_at"],
                {
                    "words": row["words"],
                    "place": row.get("place", ""),
                    "strengths": list(dict.fromkeys(row.get("strengths", []))),
                    "themes": list(dict.fromkeys(row.get("themes", []))),
                },
            )
            if int(row["student"]) in children
            else None
            for row in self.validated_data["observations"]
        ]


class ObservationOut(serializers.Serializer):
    id = serializers.CharField()
    result = serializers.ChoiceField(
        choices=["added", "known"], help_text=_("known: sent before, and still only once")
    )


class ObservationsOut(serializers.Serializer):
    observations = ObservationOut(many=True)


class NoteOut(serializers.ModelSerializer):
    id = serializers.CharField(source="pk")
    by = serializers.CharField(source="written_by.name", help_text=_("Who wrote it down"))
    strengths = serializers.ListField(child=serializers.ChoiceField(choices=Strength.choices))
    themes = serializers.ListField(child=serializers.ChoiceField(choices=Theme.choices))
    deeds = serializers.ListField(
        child=serializers.ChoiceField(choices=Deed.choices), help_text=_("What the adult did")
    )
    tell_family = serializers.BooleanField(help_text=_("It was told to the family"))
    is_reported = serializers.BooleanField(help_text=_("Another system reported it"))

    class Meta:
        model = Observation
        fields = (
            "id", "happened_at", "recorded_at", "by", "words", "place", "strengths", "themes", "deeds",
            "tell_family", "is_reported",
        )  # fmt: skip


class NotesOut(PageOut):
    observations = NoteOut(many=True)
