"""Included under a child's family by guardians.urls."""

from django.urls import path

from guardians.clock import views

urlpatterns = [
    path("sent/", views.sent, name="family_sent"),
    path("sent/<uuid:key>/undo/", views.unsent, name="family_unsent"),
    path("asked/<int:pk>/", views.ask, name="clock_ask"),
    path("asked/<int:pk>/undo/", views.undo_ask, name="clock_ask_undo"),
]
