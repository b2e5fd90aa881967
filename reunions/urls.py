from django.urls import path

from reunions import views

app_name = "reunions"
urlpatterns = [
    path("", views.board, name="board"),
    path("seasons/", views.seasons, name="seasons"),
    path("seasons/<int:pk>/", views.season, name="season"),
    path("seasons/new/", views.new_season, name="new_season"),
    path("children/<int:student_id>/plan/", views.plan, name="plan"),
    path("plans/<int:pk>/outcome/", views.outcome, name="outcome"),
    path("plans/<int:pk>/told/", views.told, name="told"),
    path("watches/<int:pk>/", views.watch, name="watch"),
    path("questions/<int:pk>/", views.answer, name="answer"),
    path("pages/", views.pages, name="pages"),
    path("pages/<slug:topic>/", views.page, name="page"),
]
