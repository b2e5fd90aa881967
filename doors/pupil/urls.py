from django.urls import path

from doors.pupil import (
    call_views,
    file_views,
    postcard_views,
    talk_views,
    talked_views,
    things_views,
    views,
    week_views,
)

app_name = "pupil"
urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("stay/", views.stay, name="stay"),
    path("talk/", talk_views.talk, name="want_to_talk"),
    path("talk/done/", talk_views.done, name="want_to_talk_done"),
    path("call/", call_views.call_mood, name="call_mood"),
    path("things/", things_views.things, name="things"),
    path("things/<int:pk>/photo/", things_views.photo, name="things_photo"),
    path("things/felt/", things_views.felt, name="things_felt"),
    path("week/", week_views.week, name="week"),
    path("week/done/", week_views.done, name="week_done"),
    path("week/agree/", week_views.agree, name="week_agree"),
    path("file/", file_views.file, name="file"),
    path("talked/", talked_views.talked, name="talked"),
    path("talked/undo/", talked_views.not_meant, name="talked_undo"),
    path("postcards/", postcard_views.cards, name="postcards"),
    path("postcards/new/", postcard_views.record, name="postcard"),
    path("postcards/sent/<uuid:key>/", postcard_views.sent, name="postcard_sent"),
    path("postcards/sent/<uuid:key>/back/", postcard_views.take_back, name="postcard_back"),
    path("postcards/<int:pk>/voice/", postcard_views.voice, name="postcard_voice"),
    path("postcards/<int:pk>/heard/", postcard_views.heard, name="postcard_heard"),
]
