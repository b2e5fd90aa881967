from django.urls import path

from counselling.case_pages import file_views, left_views
from counselling.case_pages import views as case_views
from counselling.concerns import views
from counselling.guest_reports import views as guest_report_views
from counselling.plans import views as plan_views
from counselling.pool import views as pool_views
from counselling.received import views as received_views
from counselling.referrals import views as referral_views

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
    path("<int:pk>/part/", views.part, name="part"),
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
    path("cases/<int:pk>/files/", file_views.add, name="case_file_add"),
    path("cases/<int:pk>/files/<uuid:attachment_id>/", file_views.one, name="case_file"),
    path("cases/<int:pk>/hand-over/", case_views.hand_over, name="case_hand_over"),
    path("cases/<int:pk>/take-over/", left_views.take_over, name="case_take_over"),
    path("cases/<int:pk>/agree/", case_views.agree, name="case_agree"),
    path("cases/<int:pk>/let-in/", case_views.let_in, name="case_let_in"),
    path("cases/<int:pk>/readers/<int:reader_id>/", case_views.shut_out, name="case_shut_out"),
    path("cases/<int:pk>/teachers/", case_views.tell_teachers, name="case_teachers"),
    path("cases/emergency/<int:student_id>/", case_views.emergency, name="case_emergency"),
    path("cases/<int:pk>/plan/", plan_views.plan, name="plan"),
    path("cases/<int:pk>/plan/state/", plan_views.state, name="plan_state"),
    path("cases/<int:pk>/plan/agree/", plan_views.agree, name="plan_agree"),
    path("cases/<int:pk>/plan/print/", plan_views.printed, name="plan_print"),
    path("cases/<int:pk>/plan/<uuid:measure_id>/", plan_views.measure, name="plan_measure"),
    path("agreed/<uuid:measure_id>/", plan_views.done, name="measure_done"),
    path("cases/<int:pk>/refer/", referral_views.new, name="referral_new"),
    path("referrals/", referral_views.index, name="referral_list"),
    path("referrals/in/<int:student_id>/", referral_views.arrived, name="referral_in"),
    path("referrals/<uuid:referral_id>/", referral_views.referral, name="referral"),
    path("received/<uuid:referral_id>/", received_views.letter, name="received"),
    path("received/<uuid:referral_id>/answer/", received_views.answer, name="received_answer"),
    path("referrals/<uuid:referral_id>/move/", referral_views.move, name="referral_move"),
    path("referrals/<uuid:referral_id>/letter/", referral_views.letter, name="referral_letter"),
    path("pool/", pool_views.pool, name="pool"),
    path("pool/<uuid:brief_id>/", pool_views.brief, name="brief"),
    path("<int:pk>/hand-on/", pool_views.hand_on, name="hand_on"),
    path("cases/<int:pk>/report/", guest_report_views.report_as_guest, name="case_report"),
    path("cases/<int:pk>/give-back/", pool_views.give_back, name="case_give_back"),
    path("places/", referral_views.places, name="places"),
]
