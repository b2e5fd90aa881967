from django.urls import path

from dashboards import views
from dashboards.county import views as county_views

app_name = "dashboards"
urlpatterns = [
    path("", views.school_dashboard, name="school"),
    path("county/", county_views.county, name="county"),
    path("figures.xlsx", views.figures, name="figures"),
]
