from django.urls import path

from messaging.views import family as views

app_name = "check_in"
urlpatterns = [
    path("", views.cut_off, name="cut_off"),
    path("trial/", views.trial, name="trial"),
    path("<str:token>/", views.check_in, name="open"),
    path("<str:token>/more/", views.more, name="more"),
    path("<str:token>/undo/", views.undo, name="undo"),
    path("<str:token>/done/", views.done, name="done"),
    path("<str:token>/wechat/", views.tapped, name="tapped"),
    path("<str:token>/not-me/", views.not_me, name="not_me"),
    path("<str:token>/new/", views.renew, name="renew"),
]
