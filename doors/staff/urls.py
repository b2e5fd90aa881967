from django.urls import include, path

from doors.staff import contact_calendar, slip_views, views

app_name = "staff"
urlpatterns = [
    path("", views.today, name="today"),
    path("children/", views.children, name="children"),
    path("children/slips/", slip_views.slips, name="slips"),
    path("children/<int:student_id>/slip/new/", slip_views.new_slip, name="new_slip"),
    path("search/", views.search, name="search"),
    path("children/<int:student_id>/", views.child, name="child"),
    path("children/<int:student_id>/readers/", views.readers, name="readers"),
    path(
        "children/<int:student_id>/contacts/",
        contact_calendar.contact_calendar,
        name="contact_calendar",
    ),
    path("children/<int:student_id>/", include("students.urls")),
    path("children/<int:student_id>/family/", include("guardians.urls")),
    path("school/<int:school_id>/", views.switch_school, name="switch_school"),
]
