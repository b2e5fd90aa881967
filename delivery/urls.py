from django.urls import path

from delivery.views import channels, codes, demo_phone, operation

app_name = "delivery"
urlpatterns = [
    path("operation/", operation.operation, name="operation"),
    path("operation/<int:pk>/", operation.settle, name="settle"),
    path("operation/settled/<int:pk>/undo/", operation.unsettle, name="unsettle"),
    path("ways/<int:point_id>/code/", codes.verify_way, name="verify_way"),
    path("demo-phone/", demo_phone.demo_phone, name="demo_phone"),
    path("demo-phone/calls/<int:pk>/", demo_phone.demo_call_act, name="demo_call"),
    path(
        "demo-phone/calls/<int:pk>/<slug:step>/",
        demo_phone.demo_call_voice,
        name="demo_call_voice",
    ),
    path("channels/", channels.channels, name="channels"),
    path("channels/new/<slug:kind>/", channels.new_channel, name="new_channel"),
    path("channels/<int:pk>/", channels.channel, name="channel"),
    path("channels/<int:pk>/up/", channels.move_channel, name="move_channel"),
    path("channels/<int:pk>/switch/", channels.switch_channel, name="switch_channel"),
    path("channels/<int:pk>/address/", channels.renew_hook, name="renew_hook"),
    path("channels/<int:pk>/test/", channels.send_test, name="channel_test"),
    path("channels/<int:pk>/match/", channels.match_families, name="match_families"),
    path("channels/test/<int:pk>/", channels.test_result, name="test_result"),
]
