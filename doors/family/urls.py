from django.urls import path

from doors.family import views

app_name = "family"
urlpatterns = [
    path("", views.home, name="home"),
    path("me/", views.me, name="me"),
    path("me/stop/", views.stop, name="stop"),
    path("me/start/", views.start, name="start"),
    path("me/language/", views.language, name="language"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("l/<str:token>/", views.use_link, name="use_link"),
    path("l/<str:token>/new/", views.renew, name="renew"),
    path("view/", views.view, name="view"),
]
