from django.urls import path

from nights import family_views as views

app_name = "family_nights"
urlpatterns = [
    path("<int:student_id>/", views.child, name="child"),
    path("<int:student_id>/agree/<int:nearby_id>/", views.agree, name="agree"),
    path("q/<str:token>/", views.question, name="question"),
]
