"""The type of requests from a seat of a round; at run time they are Django's own."""

from django.http import HttpRequest

from surveys.models import Seat


class SeatRequest(HttpRequest):
    """A request to a view behind `seat_required`."""

    seat: Seat
