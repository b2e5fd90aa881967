from django.urls import path

from delivery.incoming import views as hook_views
from delivery.sentences import views as sentence_views

app_name = "hooks"
urlpatterns = [
    path("<int:pk>/<uuid:key>/", hook_views.report, name="report"),
    path("county/<int:pk>/<uuid:key>/", hook_views.county_report, name="county_report"),
    path("sentences/<str:token>/", sentence_views.sound, name="sentence"),
]
