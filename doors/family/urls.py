from django.urls import include, path

from doors.calendars import views as calendar_views
from doors.family import (
    details_views,
    devices_views,
    invite_views,
    read_aloud,
    screen_views,
    sign_in_views,
    views,
)
from doors.family.aloud import views as aloud_views
from doors.family.weixin import views as weixin_views

app_name = "family"
urlpatterns = [
    path("", views.home, name="home"),
    path("", include("doors.family.child_urls")),
    path("me/", views.me, name="me"),
    path("held/", views.held, name="held"),
    path("calendar/", calendar_views.family_address, name="calendar"),
    path("calendar/<str:token>.ics", calendar_views.family_file, name="calendar_file"),
    path("details/", details_views.details_page, name="details"),
    path("me/stop/", views.stop, name="stop"),
    path("me/start/", views.start, name="start"),
    path("me/questions/", views.questions, name="questions"),
    path("me/language/", views.language, name="language"),
    path("me/devices/", devices_views.devices, name="devices"),
    path("me/devices/<int:pk>/end/", devices_views.end_device, name="end_device"),
    path("me/devices/end/", devices_views.end_all, name="end_all"),
    path("me/ways/<int:pk>/", devices_views.verify_way, name="verify_way"),
    path("me/screen/", screen_views.screen, name="screen"),
    path("me/screen/off/", screen_views.screen_off, name="screen_off"),
    path("me/wechat/unlink/", devices_views.unlink_wechat, name="unlink_wechat"),
    path("sign-in/", sign_in_views.sign_in, name="sign_in"),
    path("sign-in/code/", sign_in_views.code, name="sign_in_code"),
    path("sign-in/who/", sign_in_views.who, name="who"),
    path("sign-in/wechat/", weixin_views.unknown, name="wechat_unknown"),
    path("sign-out/", sign_in_views.sign_out, name="sign_out"),
    path("l/<str:token>/", sign_in_views.use_link, name="use_link"),
    path("l/<str:token>/new/", sign_in_views.renew, name="renew"),
    path("i/", invite_views.type_in, name="type_invitation"),
    path("i/<str:code>/", invite_views.invitation, name="invitation"),
    path("view/", views.view, name="view"),
    path("aloud/", aloud_views.page, name="aloud"),
    path("aloud/voice/", aloud_views.voice, name="aloud_voice"),
    path("hear/<str:language>/<str:name>/", read_aloud.hear, name="hear"),
]
