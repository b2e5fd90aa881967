from django.urls import path

from learning import family_views as views

app_name = "family_learning"
urlpatterns = [
    path("", views.lessons, name="list"),
    path("<int:pk>/", views.lesson, name="lesson"),
    path("<int:pk>/voice/<str:language>/", views.voice, name="voice"),
    path("l/<str:token>/", views.link, name="link"),
    path("l/<str:token>/voice/<str:language>/", views.link_voice, name="link_voice"),
]
