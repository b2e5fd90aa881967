from django.urls import path

from messaging import channel_views, demo_phone_views, operation_views, verify_views, views

app_name = "messaging"
urlpatterns = [
    path("", views.board, name="board"),
    path("stop/", views.stop, name="stop"),
    path("resume/", views.resume, name="resume"),
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
    path("channels/<int:pk>/test/", channel_views.send_test, name="channel_test"),
    path("channels/test/<int:pk>/", channel_views.test_result, name="test_result"),
]
