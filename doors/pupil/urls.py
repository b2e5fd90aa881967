from django.urls import path

from doors.pupil import views

app_name = "pupil"
urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("talk/", views.want_to_talk, name="want_to_talk"),
    path("talk/done/", views.want_to_talk_done, name="want_to_talk_done"),
]
