from django.urls import path

from visits import call_views, duty_views, views

app_name = "visits"
urlpatterns = [
    path("", views.visits, name="list"),
    path("plan/", views.plan, name="plan"),
    path("sheet/", views.sheet, name="sheet"),
    path("new/<int:student_id>/", views.ask, name="ask"),
    path("<int:pk>/", views.visit, name="visit"),
    path("<int:pk>/record/", views.record, name="record"),
    path("<int:pk>/move/", views.move, name="move"),
    path("<int:pk>/later/", views.put_off, name="put_off"),
    path("<int:pk>/call-off/", views.call_off, name="call_off"),
    path("agreed/<int:pk>/", views.keep_agreement, name="keep_agreement"),
    path("calls/", call_views.calls, name="calls"),
    path("calls/<int:pk>/", call_views.outcome, name="call_outcome"),
    path("calls/due/<int:pk>/later/", call_views.put_off, name="put_off_call"),
    path("call/<int:student_id>/", call_views.call, name="call"),
    path("call/<int:student_id>/log/", call_views.log, name="log_call"),
    path("duties/", duty_views.duties, name="duties"),
    path("special-care/", duty_views.special_care, name="special_care"),
    path("duties/<int:class_id>/meeting/", duty_views.meeting, name="meeting"),
]
