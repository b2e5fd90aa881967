from django.urls import path

from messaging.views import board, ladder, plans, reminders, sheet

app_name = "messaging"
urlpatterns = [
    path("", board.board, name="board"),
    path("stop/", board.stop, name="stop"),
    path("resume/", board.resume, name="resume"),
    path("ladder/", ladder.ladder, name="ladder"),
    path("ladder/default/", ladder.to_default, name="ladder_default"),
    path("ladder/occasions/", ladder.occasions, name="occasions"),
    path("ladder/exam/", ladder.add_exam, name="add_exam"),
    path("next/", plans.next_days, name="next"),
    path("plan/<int:student_id>/", plans.plan, name="plan"),
    path("plan/<int:student_id>/resume/", plans.resume_plan, name="resume_plan"),
    path(
        "plan/<int:student_id>/adult/<int:adult_id>/",
        plans.adult_rhythm,
        name="adult_rhythm",
    ),
    path("plan/<int:student_id>/date/", plans.mark_date, name="mark_date"),
    path("date/<int:pk>/off/", plans.unmark_date, name="unmark_date"),
    path("sheet/", sheet.call_sheet, name="call_sheet"),
    path("sheet/print/", sheet.call_sheet_print, name="call_sheet_print"),
    path("follow-up/<int:pk>/", board.follow_up, name="follow_up"),
    path("follow-up/<int:pk>/later/", board.put_off, name="put_off"),
    path("follow-up/<int:pk>/undo/", board.follow_up_undo, name="follow_up_undo"),
    path("remind/<int:student_id>/", reminders.remind, name="remind"),
    path("reminder/<int:pk>/done/", reminders.done, name="reminder_done"),
    path("reminder/<int:pk>/undo/", reminders.undo, name="reminder_undo"),
]
