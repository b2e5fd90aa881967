from django.urls import path

from messaging import sheet_views, views
from messaging.ladder import views as ladder_views
from messaging.plans import views as plan_views
from messaging.reminders import views as reminder_views

app_name = "messaging"
urlpatterns = [
    path("", views.board, name="board"),
    path("stop/", views.stop, name="stop"),
    path("resume/", views.resume, name="resume"),
    path("ladder/", ladder_views.ladder, name="ladder"),
    path("ladder/default/", ladder_views.to_default, name="ladder_default"),
    path("ladder/occasions/", ladder_views.occasions, name="occasions"),
    path("ladder/exam/", ladder_views.add_exam, name="add_exam"),
    path("next/", plan_views.next_days, name="next"),
    path("plan/<int:student_id>/", plan_views.plan, name="plan"),
    path("plan/<int:student_id>/resume/", plan_views.resume_plan, name="resume_plan"),
    path(
        "plan/<int:student_id>/adult/<int:adult_id>/",
        plan_views.adult_rhythm,
        name="adult_rhythm",
    ),
    path("plan/<int:student_id>/date/", plan_views.mark_date, name="mark_date"),
    path("date/<int:pk>/off/", plan_views.unmark_date, name="unmark_date"),
    path("sheet/", sheet_views.call_sheet, name="call_sheet"),
    path("sheet/print/", sheet_views.call_sheet_print, name="call_sheet_print"),
    path("follow-up/<int:pk>/", views.follow_up, name="follow_up"),
    path("follow-up/<int:pk>/later/", views.put_off, name="put_off"),
    path("follow-up/<int:pk>/undo/", views.follow_up_undo, name="follow_up_undo"),
    path("remind/<int:student_id>/", reminder_views.remind, name="remind"),
    path("reminder/<int:pk>/done/", reminder_views.done, name="reminder_done"),
    path("reminder/<int:pk>/undo/", reminder_views.undo, name="reminder_undo"),
]
