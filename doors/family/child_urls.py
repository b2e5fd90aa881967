"""Pages about one child, in the namespace `family`."""

from django.urls import path

from doors.family import agreed_views, child_views, data_views, request_views
from doors.family.leave import views as leave_views

urlpatterns = [
    path("requests/", request_views.requests, name="requests"),
    path("requests/<int:pk>/", request_views.answer, name="answer_request"),
    path("requests/<int:pk>/photos/<int:photo_pk>/", request_views.photo, name="request_photo"),
    path("leave/<int:pk>/withdraw/", leave_views.withdraw, name="leave_withdraw"),
    path("leave/<int:pk>/say/", leave_views.say, name="leave_say"),
    path("leave/<int:pk>/photo/", leave_views.photo, name="leave_photo"),
    path("agreed/", agreed_views.agreed, name="agreed"),
    path("agreed/<uuid:measure_id>/", agreed_views.tick, name="agreed_tick"),
    path("children/<int:student_id>/", child_views.child, name="child"),
    path("children/<int:student_id>/leave/", leave_views.leave, name="leave"),
    path("children/<int:student_id>/readers/", child_views.child_readers, name="child_readers"),
    path("children/<int:student_id>/copy/", data_views.copy, name="data_copy"),
    path("children/<int:student_id>/correct/", data_views.correct, name="data_correct"),
    path("children/<int:student_id>/delete/", data_views.delete, name="data_delete"),
    path(
        "children/<int:student_id>/asked/<int:pk>/withdraw/",
        data_views.withdraw,
        name="data_withdraw",
    ),
]
