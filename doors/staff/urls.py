from django.urls import path

from doors.staff import (
    account_views,
    contact_calendar,
    entry_views,
    erasing_views,
    file_views,
    invitations_views,
    later_views,
    slip_views,
    to_ask_views,
    views,
)

app_name = "staff"
urlpatterns = [
    path("", views.today, name="today"),
    path("signed-in/", views.signed_in, name="signed_in"),
    path("held/", views.held, name="held"),
    path("today/count/", views.today_count, name="today_count"),
    path("today/<str:key>/later/", later_views.later, name="later"),
    path("today/<str:key>/now/", later_views.take_up, name="take_up"),
    path("children/", views.children, name="children"),
    path("children/slips/", slip_views.slips, name="slips"),
    path("children/write-in/", entry_views.sheet, name="entry_sheet"),
    path("children/to-ask/", to_ask_views.to_ask, name="to_ask"),
    path("children/papers/", file_views.papers, name="papers"),
    path("children/papers/file/", file_views.files, name="papers_file"),
    path("children/papers/print/<slug:form>/", file_views.print_view, name="papers_print"),
    path("children/papers/ledger/", file_views.ledger, name="papers_ledger"),
    path("children/invitations/", invitations_views.invitations, name="invitations"),
    path(
        "children/invitations/<int:adult_id>/revoke/",
        invitations_views.revoke,
        name="revoke_invitation",
    ),
    path("children/invitations/claims/<int:pk>/", invitations_views.claim, name="claim"),
    path(
        "children/<int:student_id>/family/<int:adult_id>/invite/",
        invitations_views.invite,
        name="family_invite",
    ),
    path(
        "children/<int:student_id>/family/<int:adult_id>/sign-out/",
        invitations_views.end_sessions,
        name="family_revoke",
    ),
    path("children/<int:student_id>/slip/new/", slip_views.new_slip, name="new_slip"),
    path("search/", views.search, name="search"),
    path("account/", account_views.account, name="account"),
    path("account/offers/<int:pk>/", account_views.answer_offer, name="answer_offer"),
    path("account/resets/<int:pk>/stop/", account_views.stop_reset, name="stop_reset"),
    path("children/<int:student_id>/", views.child, name="child"),
    path("children/<int:student_id>/readers/", views.readers, name="readers"),
    path(
        "children/<int:student_id>/contacts/",
        contact_calendar.contact_calendar,
        name="contact_calendar",
    ),
    path("privacy/requests/<int:pk>/erase/", erasing_views.erase_child, name="erase_child"),
    path("school/<int:school_id>/", views.switch_school, name="switch_school"),
]
