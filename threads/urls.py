from django.urls import path

from threads import call_back_views, own_views, tray_views, views

app_name = "threads"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("new/<int:student_id>/", views.begin, name="new"),
    path("<int:pk>/", views.thread, name="thread"),
    path("<int:pk>/say/", views.say, name="say"),
    path("<int:pk>/reply/", views.reply, name="reply"),
    path("<int:pk>/hand-over/", views.hand_over, name="hand_over"),
    path("<int:pk>/done/", views.done, name="done"),
    path("<int:pk>/again/", views.again, name="again"),
    path("<int:pk>/read/", views.read, name="read"),
    path("<int:pk>/people/", views.people, name="people"),
    path("words/<int:pk>/<str:kind>/", views.file, name="file"),
    path("calls/<int:pk>/", call_back_views.call_back, name="call_back"),
    path("calls/<int:pk>/undo/", call_back_views.undo, name="call_back_undo"),
    path("tray/", tray_views.tray, name="tray"),
    path("tray/<int:pk>/assign/", tray_views.assign, name="assign"),
    path("tray/<int:pk>/dismiss/", tray_views.dismiss, name="dismiss"),
    path("tray/<int:pk>/back/", tray_views.back, name="back"),
    path("tray/<int:pk>/file/", tray_views.file, name="tray_file"),
    path("own/", own_views.own, name="own"),
    path("own/hours/<str:whose>/", own_views.hours, name="hours"),
    path("own/phrases/", own_views.add_phrase, name="add_phrase"),
    path("own/phrases/<int:pk>/retire/", own_views.retire_phrase, name="retire_phrase"),
    path("own/phrases/<int:pk>/restore/", own_views.restore_phrase, name="restore_phrase"),
]
