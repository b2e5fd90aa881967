"""The type of requests at the pupils' door, for views; at run time it is Django's own request."""

from django.http import HttpRequest

from students.models import Student


class PupilRequest(HttpRequest):
    """A request to a view behind `pupil_required`."""

    pupil: Student
