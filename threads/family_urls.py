from django.urls import path

from threads import family_views as views

app_name = "family_threads"
urlpatterns = [
    path("", views.threads, name="list"),
    path("new/", views.new, name="new"),
    path("<int:pk>/", views.thread, name="thread"),
    path("words/<int:pk>/<str:kind>/", views.file, name="file"),
]
