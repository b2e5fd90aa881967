from django.urls import path

from safeguarding import views
from safeguarding.early_warning import views as warning_views
from safeguarding.guide import views as guide_views
from safeguarding.reports import views as report_views

app_name = "safeguarding"
urlpatterns = [
    path("reports/", report_views.reports, name="reports"),
    path("reports/new/<int:student_id>/", report_views.report_new, name="report_new"),
    path("reports/<int:pk>/", report_views.report, name="report"),
    path("reports/<int:pk>/add/", report_views.report_add, name="report_add"),
    path(
        "reports/<int:pk>/suspects/<int:suspect_id>/",
        report_views.report_lift,
        name="report_lift",
    ),
    path("<int:pk>/voice/<int:reply_pk>/", views.voice, name="voice"),
    path("guide/<int:student_id>/", guide_views.guide, name="guide"),
    path("signals/", warning_views.flags, name="flags"),
    path("signals/<int:pk>/", warning_views.settle, name="flag_settle"),
    path("signals/rules/", warning_views.rules, name="flag_rules"),
]
