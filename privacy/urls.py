from django.urls import path

from privacy import request_views, spoken_views, staff_views

app_name = "privacy"
urlpatterns = [
    path("children/<int:student_id>/consents/", staff_views.consents, name="consents"),
    path("children/<int:student_id>/consents/ask/", staff_views.ask, name="ask"),
    path(
        "children/<int:student_id>/consents/village/", staff_views.override, name="override_village"
    ),
    path(
        "children/<int:student_id>/consents/village/end/",
        staff_views.end_override,
        name="end_override",
    ),
    path("spoken/", spoken_views.texts, name="spoken"),
    path("spoken/<slug:purpose>/", spoken_views.read, name="read_aloud"),
    path("spoken/<slug:purpose>/voice/", spoken_views.listen, name="listen"),
    path("spoken/<slug:purpose>/remove/", spoken_views.remove, name="remove_spoken"),
    path("requests/", request_views.request_list, name="requests"),
    path("requests/<int:pk>/", request_views.request_detail, name="request"),
]
