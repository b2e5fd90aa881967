from django.urls import path

from surveys import form_views, views
from surveys.files import views as file_views
from surveys.own import views as own_views
from surveys.past import views as past_views
from surveys.plans import views as plan_views
from surveys.pulses import views as pulse_views
from surveys.studies import views as study_views

app_name = "surveys"
urlpatterns = [
    path("", views.index, name="list"),
    path("instruments/", views.instruments, name="instruments"),
    path("instruments/<slug:name>/", views.instrument, name="instrument"),
    path("instruments/<slug:name>/fhir/", file_views.export, name="export"),
    path("files/", file_views.files, name="files"),
    path("files/<int:pk>/", file_views.file, name="file"),
    path("own/", own_views.own_list, name="own_list"),
    path("own/<int:pk>/", own_views.own, name="own"),
    path("own/<int:pk>/preview/", own_views.own_preview, name="own_preview"),
    path("weeks/", pulse_views.index, name="pulses"),
    path("weeks/talked/<int:pk>/", pulse_views.talked, name="talked"),
    path("over-time/<int:student_id>/", pulse_views.over_time, name="over_time"),
    path("past/", past_views.index, name="past_list"),
    path("past/<int:pk>/", past_views.sheet, name="past"),
    path("past/<int:pk>/columns/", past_views.columns, name="past_columns"),
    path("past/<int:pk>/keep/", past_views.keep, name="past_keep"),
    path("past/<int:pk>/back/", past_views.take_back, name="past_take_back"),
    path("past/<int:pk>/counts/", past_views.counts, name="past_counts"),
    path("studies/", study_views.studies, name="studies"),
    path("studies/new/", study_views.new, name="study_new"),
    path("studies/<int:pk>/", study_views.study, name="study"),
    path("studies/<int:pk>/end/", study_views.end, name="study_end"),
    path("new/", views.new, name="new"),
    path("planned/<int:pk>/open/", plan_views.open_part, name="open_planned"),
    path("planned/<int:pk>/drop/", plan_views.drop, name="drop_planned"),
    path("<int:pk>/", views.round_page, name="round"),
    path("<int:pk>/answers/", file_views.answers, name="answers"),
    path("<int:pk>/close/", views.close, name="close"),
    path("<int:pk>/remind/", views.remind, name="remind"),
    path("<int:pk>/figures/", views.figures, name="figures"),
    path("<int:pk>/class/<int:class_id>/", views.lesson, name="lesson"),
    path("<int:pk>/class/<int:class_id>/end/", views.end_lesson, name="end_lesson"),
    path("form/<int:pk>/", form_views.form, name="form"),
    path("child/<int:pk>/", views.child, name="child"),
    path("child/<int:pk>/to-do/", views.to_do, name="to_do"),
    path("child/<int:pk>/looked/", views.looked, name="looked"),
    path("to-do/<int:pk>/done/", views.done, name="done"),
]
