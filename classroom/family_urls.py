"""Pages about school life for families."""

from django.urls import path

from classroom.news import views

app_name = "family_classroom"
urlpatterns = [
    path("news/l/<str:token>/", views.news_link, name="news_link"),
    path("weeks/l/<str:token>/", views.week_link, name="week_link"),
    path("weeks/<int:pk>/", views.week, name="week"),
    path("children/<int:student_id>/pictures/", views.pictures, name="pictures"),
    path("pictures/<int:pk>/", views.picture, name="picture"),
]
