from django.urls import path

from privacy import request_views

app_name = "privacy"
urlpatterns = [
    path("requests/", request_views.request_list, name="requests"),
    path("requests/<int:pk>/", request_views.request_detail, name="request"),
]
