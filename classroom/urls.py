from django.urls import path

from classroom.leave import views as leave_views
from classroom.pictures import views as pictures
from classroom.views import attendance, homework, letters, observing, praise, requests
from classroom.weeks import views as weeks

app_name = "classroom"
urlpatterns = [
    path("praise/", praise.praise, name="praise"),
    path("observe/", observing.pick, name="pick"),
    path("observe/<int:student_id>/", observing.observe, name="observe"),
    path("observe/<int:student_id>/whom/", observing.whom, name="whom"),
    path("notes/<int:pk>/", observing.note, name="note"),
    path("notes/<int:pk>/take-back/", observing.retract, name="retract"),
    path("notes/<int:pk>/restore/", observing.restore, name="restore"),
    path("notes/<int:pk>/pictures/", pictures.add_to_note, name="note_picture"),
    path("notes/<int:pk>/<str:kind>/", observing.attachment, name="attachment"),
    path("weeks/", weeks.index, name="weeks"),
    path("weeks/<int:pk>/", weeks.week, name="week"),
    path("weeks/<int:pk>/pictures/", weeks.add_picture, name="week_picture"),
    path("weeks/<int:pk>/send/", weeks.send, name="week_send"),
    path("weeks/<int:pk>/take-back/", weeks.take_back, name="week_take_back"),
    path("pictures/<int:pk>/", pictures.picture, name="picture"),
    path("pictures/<int:pk>/remove/", pictures.remove, name="picture_remove"),
    path("letter/<int:student_id>/", letters.write, name="letter"),
    path("letters/<int:pk>/", letters.letter, name="letter_page"),
    path("letters/<int:pk>/send/", letters.send, name="letter_send"),
    path("requests/", requests.index, name="requests"),
    path("requests/new/<int:student_id>/", requests.new, name="request_new"),
    path("requests/<int:pk>/", requests.detail, name="request"),
    path("requests/<int:pk>/close/", requests.close, name="request_close"),
    path("requests/<int:pk>/reopen/", requests.reopen, name="request_reopen"),
    path("requests/<int:pk>/photos/<int:photo_pk>/", requests.photo, name="request_photo"),
    path("homework/", homework.missing, name="homework"),
    path("help/<int:student_id>/", homework.help_of, name="help"),
    path("help/<int:pk>/end/", homework.end, name="help_end"),
    path("attendance/", attendance.register, name="attendance"),
    path("attendance/<int:pk>/reason/", attendance.reason, name="reason"),
    path("leave/<int:pk>/", leave_views.leave, name="leave"),
    path("leave/<int:pk>/agree/", leave_views.agree, name="leave_agree"),
    path("leave/<int:pk>/decline/", leave_views.decline, name="leave_decline"),
    path("leave/<int:pk>/called/<int:adult_id>/", leave_views.called, name="leave_called"),
    path("leave/<int:pk>/take-back/", leave_views.take_back, name="leave_take_back"),
    path("leave/<int:pk>/photo/", leave_views.photo, name="leave_photo"),
    path("attendance/import/", attendance.bring_in, name="attendance_import"),
    path("attendance/template/", attendance.template, name="attendance_template"),
]
