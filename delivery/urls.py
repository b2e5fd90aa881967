from django.urls import path

from delivery.channels import views as channel_views
from delivery.channels.demo_phone import views as demo_phone_views
from delivery.operation import views as operation_views
from delivery.sign_in import views as verify_views

app_name = "delivery"
urlpatterns = [
    path("operation/", operation_views.operation, name="operation"),
    path("operation/<int:pk>/", operation_views.settle, name="settle"),
    path("operation/settled/<int:pk>/undo/", operation_views.unsettle, name="unsettle"),
    path("ways/<int:point_id>/code/", verify_views.verify_way, name="verify_way"),
    path("demo-phone/", demo_phone_views.demo_phone, name="demo_phone"),
    path("demo-phone/calls/<int:pk>/", demo_phone_views.demo_call_act, name="demo_call"),
    path(
        "demo-phone/calls/<int:pk>/<slug:step>/",
        demo_phone_views.demo_call_voice,
        name="demo_call_voice",
    ),
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
