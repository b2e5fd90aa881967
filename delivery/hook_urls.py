from django.urls import path

from delivery.views import hooks, sentences

app_name = "hooks"
urlpatterns = [
    path("<int:pk>/<uuid:key>/", hooks.report, name="report"),
    path("county/<int:pk>/<uuid:key>/", hooks.county_report, name="county_report"),
    path("sentences/<str:token>/", sentences.sound, name="sentence"),
]
