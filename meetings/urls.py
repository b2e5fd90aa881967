from django.urls import path

from meetings import photo_views, views
from meetings.experts import views as expert_views

app_name = "meetings"
urlpatterns = [
    path("", views.meetings, name="list"),
    path("new/", views.new, name="new"),
    path("experts/", expert_views.experts, name="experts"),
    path("experts/add/", expert_views.add, name="expert_add"),
    path("experts/<int:pk>/check/", expert_views.check, name="expert_check"),
    path("experts/<int:pk>/end/", expert_views.end, name="expert_end"),
    path("<int:pk>/", views.meeting, name="meeting"),
    path("<int:pk>/move/", views.move, name="move"),
    path("<int:pk>/off/", views.call_off, name="call_off"),
    path("<int:pk>/answer/<int:invitation_id>/", views.answer, name="answer"),
    path("<int:pk>/door/", views.door, name="door"),
    path("<int:pk>/sheet/", views.sheet, name="sheet"),
    path("<int:pk>/photos/", photo_views.add, name="photo_add"),
    path("<int:pk>/photos/<int:photo_id>/", photo_views.photo, name="photo"),
    path("<int:pk>/photos/<int:photo_id>/delete/", photo_views.delete, name="photo_delete"),
    path("<int:pk>/minutes/", views.minutes, name="minutes"),
]
