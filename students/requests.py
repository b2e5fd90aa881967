"""The type of requests at the pupils' door; at run time they are Django's own."""

from django.http import HttpRequest

from students.models import Student


class PupilRequest(HttpRequest):
    """A request to a view behind `pupil_required`."""

    pupil: Student
