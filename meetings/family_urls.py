from django.urls import path

from meetings import family_views as views

app_name = "family_meetings"
urlpatterns = [
    path("", views.meetings, name="list"),
    path("<int:pk>/", views.meeting, name="meeting"),
    path("<int:pk>/photos/<int:photo_id>/", views.photo, name="photo"),
    path("<int:pk>/calendar.ics", views.ics, name="ics"),
    path("door/<str:token>/", views.door, name="door"),
    path("l/<str:token>/", views.link, name="link"),
    path("l/<str:token>/calendar.ics", views.link_ics, name="link_ics"),
]
