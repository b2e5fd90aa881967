"""Addresses of access slips and agreed resets; visitors are not signed in."""

from django.urls import path

from schools.passwords import views

app_name = "passwords"
urlpatterns = [
    path("first/<str:key>/<str:token>/", views.slip, name="slip"),
    path("new/<str:key>/<str:token>/", views.reset, name="reset"),
]
