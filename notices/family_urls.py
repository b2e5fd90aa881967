from django.urls import path

from notices import family_views as views

app_name = "family_notices"
urlpatterns = [
    path("", views.notices, name="list"),
    path("<int:pk>/", views.notice, name="notice"),
    path("<int:pk>/files/<int:file_pk>/", views.file, name="file"),
    path("l/<str:token>/", views.link, name="link"),
    path("l/<str:token>/files/<int:file_pk>/", views.link_file, name="link_file"),
]
