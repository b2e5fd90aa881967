from django.urls import path

from rosters import views

app_name = "rosters"
urlpatterns = [
    path("", views.roster_list, name="list"),
    path("new/", views.upload, name="upload"),
    path("template.xlsx", views.template_file, name="template"),
    path("oneroster.zip", views.oneroster_file, name="oneroster"),
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
