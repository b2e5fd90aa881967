from django.urls import path

from counselling import case_views, views

app_name = "counselling"
urlpatterns = [
    path("", views.index, name="list"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("<int:pk>/close/", views.close, name="close"),
    path("<int:pk>/hand-over/", views.hand_over, name="hand_over"),
    path("<int:pk>/reopen/", views.reopen, name="reopen"),
    path("<int:pk>/level/", views.set_level, name="level"),
    path("<int:pk>/join/", views.join, name="join"),
    path("levels/", views.levels, name="levels"),
    path("new/<int:student_id>/", views.new, name="new"),
    path("<int:pk>/take-up/", case_views.take_up, name="take_up"),
    path("cases/", case_views.caseload, name="caseload"),
    path("cases/<int:pk>/", case_views.case, name="case"),
    path("cases/<int:pk>/write/<slug:kind>/", case_views.write, name="case_write"),
    path("cases/<int:pk>/draft/<slug:kind>/", case_views.draft, name="case_draft"),
    path("cases/<int:pk>/move/", case_views.move, name="case_move"),
    path("cases/<int:pk>/reopen/", case_views.reopen, name="case_reopen"),
    path("cases/<int:pk>/sessions/", case_views.plan_session, name="case_session"),
    path(
        "cases/<int:pk>/sessions/<int:session_id>/",
        case_views.settle_session,
        name="case_session_settle",
    ),
    path("cases/<int:pk>/tasks/", case_views.add_task, name="case_task"),
    path("cases/<int:pk>/tasks/<uuid:task_id>/", case_views.settle_task, name="case_task_settle"),
    path("cases/<int:pk>/hand-over/", case_views.hand_over, name="case_hand_over"),
    path("cases/<int:pk>/let-in/", case_views.let_in, name="case_let_in"),
    path("cases/<int:pk>/readers/<int:reader_id>/", case_views.shut_out, name="case_shut_out"),
    path("cases/<int:pk>/teachers/", case_views.tell_teachers, name="case_teachers"),
    path("cases/emergency/<int:student_id>/", case_views.emergency, name="case_emergency"),
]
