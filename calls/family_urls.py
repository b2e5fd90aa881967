from django.urls import path

from calls import family_views as views
from calls import talked_views
from calls.homes import family_views as home_views
from calls.things import family_views as things_views

app_name = "family_calls"
urlpatterns = [
    path("<int:student_id>/", views.book, name="book"),
    path("<int:student_id>/done/", views.done, name="done"),
    path("<int:student_id>/suits/", views.confirm, name="confirm"),
    path("<int:student_id>/ring/", views.ring, name="ring"),
    path("<int:student_id>/home/", home_views.home, name="home"),
    path("<int:student_id>/cancel/", views.cancel, name="cancel"),
    path("<int:student_id>/none/", views.none_fits, name="none_fits"),
    path("<int:student_id>/mood/", views.mood, name="mood"),
    path("<int:student_id>/things/", things_views.things, name="things"),
    path("<int:student_id>/things/photo/", things_views.photo, name="things_photo"),
    path("<int:student_id>/talked/", talked_views.talked, name="talked"),
    path("<int:student_id>/talked/undo/", talked_views.not_meant, name="talked_undo"),
    path("<int:student_id>/sent/", views.sent, name="sent"),
    path("<int:student_id>/calendar/", views.calendar, name="calendar"),
]
