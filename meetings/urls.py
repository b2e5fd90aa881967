from django.urls import path

from meetings import views

app_name = "meetings"
urlpatterns = [
    path("", views.meetings, name="list"),
    path("new/", views.new, name="new"),
    path("<int:pk>/", views.meeting, name="meeting"),
    path("<int:pk>/move/", views.move, name="move"),
    path("<int:pk>/off/", views.call_off, name="call_off"),
    path("<int:pk>/answer/<int:invitation_id>/", views.answer, name="answer"),
    path("<int:pk>/door/", views.door, name="door"),
    path("<int:pk>/sheet/", views.sheet, name="sheet"),
    path("<int:pk>/minutes/", views.minutes, name="minutes"),
]
