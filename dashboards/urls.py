from django.urls import path

from dashboards import views
from dashboards.baseline import views as baseline_views
from dashboards.county import views as county_views
from dashboards.weekly import views as weekly_views

app_name = "dashboards"
urlpatterns = [
    path("", views.school_dashboard, name="school"),
    path("county/", county_views.county, name="county"),
    path("county/figures.xlsx", county_views.figures, name="county_figures"),
    path("county/figures/<str:key>/", county_views.figure, name="county_figure"),
    path("county/schools/<int:pk>/", county_views.school, name="county_school"),
    path("since/", baseline_views.school, name="since"),
    path("county/since/", baseline_views.county, name="county_since"),
    path("weekly/", weekly_views.switch, name="weekly"),
    path("figures.xlsx", views.figures, name="figures"),
    path("weeks.png", views.trend_picture, name="trend_picture"),
]
