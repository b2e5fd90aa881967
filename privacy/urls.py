from django.urls import path

from privacy import request_views, staff_views

app_name = "privacy"
urlpatterns = [
    path("children/<int:student_id>/consents/", staff_views.consents, name="consents"),
    path("children/<int:student_id>/consents/ask/", staff_views.ask, name="ask"),
    path("requests/", request_views.request_list, name="requests"),
    path("requests/<int:pk>/", request_views.request_detail, name="request"),
]
