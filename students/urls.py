"""Included under a child's address by the staff door, in its namespace."""

from django.urls import path

from students import views

urlpatterns = [
    path("class/", views.school_class, name="file_class"),
    path("class/history/", views.class_history, name="file_class_history"),
    path("class/leave/", views.leave, name="file_leave"),
    path("class/stay/", views.stay, name="file_stay"),
    path("file/<slug:key>/", views.section, name="file_section"),
    path("file/<slug:key>/history/", views.section_history, name="file_history"),
]
