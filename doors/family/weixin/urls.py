"""URL names as allauth expects them, without a namespace."""

from django.urls import path

from doors.family.weixin import views

urlpatterns = [
    path("", views.login, name="weixin_login"),
    path("back/", views.callback, name="weixin_callback"),
]
