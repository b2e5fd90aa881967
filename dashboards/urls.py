from django.urls import path

from dashboards import views

app_name = "dashboards"
urlpatterns = [
    path("", views.school_dashboard, name="school"),
    path("figures.xlsx", views.figures, name="figures"),
]
