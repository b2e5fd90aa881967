from django.urls import path

from postcards import family_views as views

app_name = "family_postcards"
urlpatterns = [
    path("", views.every_child, name="every_child"),
    path("of/<int:student_id>/", views.of_child, name="list"),
    path("to/<int:student_id>/", views.answer, name="answer"),
    path("<int:pk>/", views.card, name="card"),
    path("<int:pk>/voice/", views.voice, name="voice"),
    path("<int:pk>/heard/", views.heard, name="heard"),
]
