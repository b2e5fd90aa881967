from django.urls import path

from rosters import views
from rosters.civil import views as civil_views
from rosters.rollover import views as rollover_views

app_name = "rosters"
urlpatterns = [
    path("", views.roster_list, name="list"),
    path("new/", views.upload, name="upload"),
    path("template.xlsx", views.template_file, name="template"),
    path("oneroster.zip", views.oneroster_file, name="oneroster"),
    path("civil-affairs/", civil_views.civil_list, name="civil_list"),
    path("civil-affairs/delete/", civil_views.civil_list_delete, name="civil_list_delete"),
    path("new-year/", rollover_views.new_year, name="new_year"),
    path("new-year/discard/", rollover_views.new_year_discard, name="new_year_discard"),
    path("new-year/class/<int:class_id>/", rollover_views.new_year_class, name="new_year_class"),
    path("new-year/<int:pk>/", rollover_views.new_year_done, name="new_year_done"),
    path("new-year/<int:pk>/undo/", rollover_views.new_year_undo, name="new_year_undo"),
    path("<int:pk>/", views.preview, name="preview"),
    path("<int:pk>/columns/", views.columns, name="columns"),
    path("<int:pk>/decide/", views.decide, name="decide"),
    path("<int:pk>/fix-all/", views.fix_all, name="fix_all"),
    path("<int:pk>/make-classes/", views.make_classes, name="make_classes"),
    path("<int:pk>/start/", views.start, name="start"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/result/", views.result, name="result"),
    path("<int:pk>/result.xlsx", views.result_file, name="result_file"),
    path("<int:pk>/undo/", views.undo, name="undo"),
    path("<int:pk>/discard/", views.discard, name="discard"),
]
