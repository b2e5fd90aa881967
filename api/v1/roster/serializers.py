from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api.v1.serializers import ROWS_MOST
from api.views import Strict, TextField
from rosters.columns import Field
from rosters.models import RosterImport, RosterResult
from rosters.rows import RowKind

CELL_MOST = 200  # characters; the longest field of a file holds this many


class RosterRowIn(Strict):
    """A child with its family: the columns of a school's own sheet.

    A field that is left out changes nothing.
    """

    def get_fields(self) -> dict[str, serializers.Field]:
        return {
            field.value: TextField(
                required=field == Field.NAME,
                allow_blank=field != Field.NAME,
                max_length=CELL_MOST,
                help_text=field.label,
            )
            for field in Field
        }


class RosterIn(Strict):
    rows = serializers.ListField(child=RosterRowIn(), allow_empty=False, max_length=ROWS_MOST)
    makes_classes = serializers.BooleanField(
        default=False, help_text=_("Make classes that the school lacks and that three rows name")
    )


class ApplyIn(Strict):
    leaves_out = serializers.BooleanField(
        default=False, help_text=_("Apply although some rows cannot go in; these are left out")
    )


class JobOut(serializers.Serializer):
    id = serializers.CharField()
    state = serializers.ChoiceField(choices=RosterImport.State.choices)
    received = serializers.IntegerField(help_text=_("Rows in the list"))
    sent_at = serializers.DateTimeField(source="uploaded_at")
    finished_at = serializers.DateTimeField(allow_null=True)
    page = serializers.URLField(help_text=_("Where somebody at the school sees and decides it"))


class JobsOut(serializers.Serializer):
    jobs = JobOut(many=True)


class ProblemOut(serializers.Serializer):
    pointer = serializers.CharField(help_text=_("Into the list that was sent, as /rows/3/class"))
    code = serializers.CharField()
    detail = serializers.CharField()
    blocks = serializers.BooleanField(help_text=_("The whole row stays out; else this field does"))
    suggestion = serializers.CharField(
        allow_blank=True, help_text=_("What might be meant; send it yourself if it is right")
    )


class RowOut(serializers.Serializer):
    row = serializers.IntegerField(help_text=_("Place in the list, from 0"))
    result = serializers.ChoiceField(
        choices=list(dict.fromkeys([*map(str, RowKind), *RosterResult.Kind.values])),
        help_text=_("Before it is applied what would happen, afterwards what did"),
    )
    student = serializers.CharField(allow_null=True, help_text=_("sourcedId, where there is one"))
    fields = serializers.ListField(child=serializers.CharField(), help_text=_("Which change"))  # type: ignore[assignment]  # Serializer has `fields`, too


class PreviewOut(JobOut):
    failure = serializers.CharField(allow_blank=True, help_text=_("Why it could not be applied"))
    makes_classes = serializers.ListField(
        child=serializers.CharField(), help_text=_("Classes that it makes, as 3.2")
    )
    lacks_classes = serializers.ListField(
        child=serializers.CharField(), help_text=_("Classes that rows name and the school lacks")
    )
    absent = serializers.IntegerField(
        help_text=_("Children of the school who are not in the list; nothing happens to them")
    )
    problems = ProblemOut(many=True)
    rows = RowOut(many=True)
