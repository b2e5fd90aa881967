from django.urls import path

from schools.founding import views

app_name = "founding"
urlpatterns = [
    path("schools/new/", views.found, name="school"),
    path("schools/<int:pk>/administrator/", views.administrator, name="administrator"),
    path("officers/new/", views.officer, name="officer"),
    path("officers/<int:pk>/end/", views.end_officer, name="end_officer"),
    path("posts/<int:pk>/", views.offer, name="offer"),
    path("posts/<int:pk>/agree/", views.agree, name="agree"),
    path("posts/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("posts/<int:pk>/slip/", views.slip, name="slip"),
]
