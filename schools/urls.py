from django.urls import path

from schools import views

app_name = "schools"
urlpatterns = [
    path("", views.settings, name="settings"),
    path("classes/", views.classes, name="classes"),
    path("calendar/", views.calendar, name="calendar"),
    path("calendar/year/", views.open_year, name="open_year"),
    path("calendar/term/<int:pk>/", views.term, name="term"),
    path("calendar/day/", views.add_day, name="add_day"),
    path("calendar/day/<int:pk>/remove/", views.remove_day, name="remove_day"),
    path("calendar/period/", views.add_period, name="add_period"),
    path("calendar/period/<int:pk>/remove/", views.remove_period, name="remove_period"),
    path("staff/", views.staff, name="staff"),
    path("staff/new/", views.add_post, name="add_post"),
    path("staff/<int:pk>/reach/", views.reach, name="reach"),
    path("staff/<int:pk>/end/", views.end_post, name="end_post"),
    path("staff/<int:pk>/invitation/", views.invitation, name="invitation"),
]
