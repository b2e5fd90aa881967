"""What the pupil's door adds to a request, as a type for its views; at run time it is Django's request."""

from django.http import HttpRequest

from students.models import Student


class PupilRequest(HttpRequest):
    """Behind `pupil_required`."""

    pupil: Student
