from django.urls import path

from delivery.channels import views as channel_views
from delivery.channels.demo_phone import views as demo_phone_views
from delivery.operation import views as operation_views
from delivery.sign_in import views as verify_views
from messaging import sheet_views, views
from messaging.ladder import views as ladder_views
from messaging.plans import views as plan_views

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
    path("operation/", operation_views.operation, name="operation"),
    path("operation/<int:pk>/", operation_views.settle, name="settle"),
    path("operation/settled/<int:pk>/undo/", operation_views.unsettle, name="unsettle"),
    path("follow-up/<int:pk>/", views.follow_up, name="follow_up"),
    path("follow-up/<int:pk>/later/", views.put_off, name="put_off"),
    path("follow-up/<int:pk>/undo/", views.follow_up_undo, name="follow_up_undo"),
    path("ways/<int:point_id>/code/", verify_views.verify_way, name="verify_way"),
    path("demo-phone/", demo_phone_views.demo_phone, name="demo_phone"),
    path("channels/", channel_views.channels, name="channels"),
    path("channels/new/<slug:kind>/", channel_views.new_channel, name="new_channel"),
    path("channels/<int:pk>/", channel_views.channel, name="channel"),
    path("channels/<int:pk>/up/", channel_views.move_channel, name="move_channel"),
    path("channels/<int:pk>/switch/", channel_views.switch_channel, name="switch_channel"),
    path("channels/<int:pk>/address/", channel_views.renew_hook, name="renew_hook"),
    path("channels/<int:pk>/test/", channel_views.send_test, name="channel_test"),
    path("channels/<int:pk>/match/", channel_views.match_families, name="match_families"),
    path("channels/test/<int:pk>/", channel_views.test_result, name="test_result"),
]
