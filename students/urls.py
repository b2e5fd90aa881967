"""Included under a child's address by the staff door, in its namespace."""

from django.urls import path

from students import views

urlpatterns = [
    path("file/<slug:key>/", views.section, name="file_section"),
    path("file/<slug:key>/history/", views.section_history, name="file_history"),
]
