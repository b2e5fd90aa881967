from django.urls import path

from surveys import seat_views

app_name = "seat"
urlpatterns = [
    path("seat/", seat_views.enter, name="enter"),
    path("seat/ready/", seat_views.ready, name="ready"),
    path("seat/done/", seat_views.done, name="done"),
    path("questions/", seat_views.question, name="question"),
    path("questions/pause/", seat_views.pause, name="pause"),
    path("questions/talk/", seat_views.talk, name="talk"),
    path("questions/leave/", seat_views.leave, name="leave"),
]
