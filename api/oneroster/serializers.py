"""The shape of OneRoster's objects, for the description. Tests compare every answer with it."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api.oneroster.people import ROLES


class Ref(serializers.Serializer):
    href = serializers.URLField()
    sourcedId = serializers.CharField()
    type = serializers.CharField()


class Base(serializers.Serializer):
    sourcedId = serializers.CharField()
    status = serializers.ChoiceField(choices=["active"])
    dateLastModified = serializers.DateTimeField()


class Org(Base):
    name = serializers.CharField()
    type = serializers.ChoiceField(choices=["school"])
    identifier = serializers.CharField(help_text="学校标识码")


class AcademicSession(Base):
    title = serializers.CharField()
    startDate = serializers.DateField()
    endDate = serializers.DateField()
    type = serializers.ChoiceField(choices=["schoolYear", "semester"])
    parent = Ref(required=False)
    schoolYear = serializers.CharField()


class Course(Base):
    title = serializers.CharField()
    courseCode = serializers.CharField()
    schoolYear = Ref()
    grades = serializers.ListField(child=serializers.CharField())
    org = Ref()


class Class(Base):
    title = serializers.CharField()
    classCode = serializers.CharField()
    classType = serializers.ChoiceField(choices=["homeroom"])
    grades = serializers.ListField(child=serializers.CharField())
    course = Ref()
    school = Ref()
    terms = Ref(many=True)


class Role(serializers.Serializer):
    roleType = serializers.ChoiceField(choices=["primary", "secondary"])
    role = serializers.ChoiceField(choices=["student", "teacher", *ROLES])
    org = Ref()


class Metadata(serializers.Serializer):
    fullName = serializers.CharField()


class User(Base):
    enabledUser = serializers.ChoiceField(choices=["false"])
    familyName = serializers.CharField()
    givenName = serializers.CharField()
    roles = Role(many=True)
    agents = Ref(
        many=True,
        required=False,
        help_text=_("Adults who raise a pupil, only if the caller may read adults"),
    )
    metadata = Metadata()


class Enrollment(Base):
    user = Ref()
    school = Ref()
    role = serializers.ChoiceField(choices=["student", "teacher"])
    primary = serializers.ChoiceField(choices=["true"])
    beginDate = serializers.DateField()

    def get_fields(self) -> dict:
        return super().get_fields() | {"class": Ref()}  # not a valid attribute name in Python
