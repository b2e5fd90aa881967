from django.urls import path

from reunions import family_views as views

app_name = "family_reunions"
urlpatterns = [
    path("<int:student_id>/", views.home, name="home"),
    path("<int:student_id>/plan/", views.plan, name="plan"),
    path("<int:student_id>/told/", views.told, name="told"),
    path("<int:student_id>/living-together/", views.topics, name="topics"),
    path("<int:student_id>/living-together/<slug:topic>/", views.topic, name="topic"),
]
