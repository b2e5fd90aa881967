from django.urls import path

from surveys import family_views as views

app_name = "family_surveys"
urlpatterns = [
    path("hear/<str:digest>/<str:language>/", views.hear, name="hear"),
    path("<str:token>/", views.link, name="link"),
]
