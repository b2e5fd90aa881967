"""A child's file, below the child's address."""

from django.urls import path

from students import views

app_name = "students"
urlpatterns = [
    path("children/<int:student_id>/class/", views.school_class, name="file_class"),
    path(
        "children/<int:student_id>/class/history/", views.class_history, name="file_class_history"
    ),
    path("children/<int:student_id>/class/leave/", views.leave, name="file_leave"),
    path("children/<int:student_id>/class/stay/", views.stay, name="file_stay"),
    path("children/<int:student_id>/file/<slug:key>/", views.section, name="file_section"),
    path(
        "children/<int:student_id>/file/<slug:key>/history/",
        views.section_history,
        name="file_history",
    ),
]
