"""Pages of one child's family, below the child's address."""

from django.urls import URLPattern, URLResolver, include, path

from guardians import views
from guardians.blocking import views as blocking_views
from guardians.care import views as care_views
from guardians.changes import views as change_views
from guardians.nearby import views as nearby_views
from guardians.ties import views as tie_views

app_name = "guardians"
family_of_a_child: list[URLPattern | URLResolver] = [
    path("", tie_views.family, name="family"),
    path("barred/", blocking_views.barred, name="family_barred"),
    path("barred/<int:barrier_id>/lift/", blocking_views.lift, name="family_barred_lift"),
    path("order/", tie_views.order, name="family_order"),
    path("change/", change_views.change, name="family_change"),
    path("entrusted/new/", care_views.entrust, name="family_entrust"),
    path("entrusted/<int:care_id>/", care_views.entrusted, name="family_entrusted"),
    path("entrusted/<int:care_id>/edit/", care_views.entrust, name="family_entrust_edit"),
    path("entrusted/<int:care_id>/done/", care_views.settle, name="family_entrusted_settle"),
    path("entrusted/<int:care_id>/notice/<slug:to>/", care_views.notice, name="family_notice"),
    path("nearby/", nearby_views.nearby, name="family_nearby"),
    path("nearby/add/", nearby_views.add, name="family_nearby_add"),
    path("nearby/paper/", nearby_views.paper, name="family_nearby_paper"),
    path("nearby/<int:nearby_id>/<slug:what>/", nearby_views.note, name="family_nearby_note"),
    path("alone/", tie_views.alone, name="family_alone"),
    path("alone/ended/", tie_views.alone_ended, name="family_alone_ended"),
    path("", include("guardians.clock.urls")),
    path("carer/", views.carer, name="family_carer"),
    path("carer/history/", views.carer_history, name="family_carer_history"),
    path("add/", views.add_member, name="family_add"),
    path("talked/", views.talked, name="family_talked"),
    path("talked/<uuid:key>/undo/", views.untalked, name="family_untalked"),
    path("<int:adult_id>/", tie_views.adult, name="family_adult"),
    path("<int:adult_id>/where/", views.where, name="family_where"),
    path("<int:adult_id>/where/history/", views.where_history, name="family_where_history"),
    path("<int:adult_id>/details/", views.details, name="family_details"),
    path("<int:adult_id>/standing/", views.standing, name="family_standing"),
    path("<int:adult_id>/history/<slug:part>/", views.adult_history, name="family_history"),
    path("<int:adult_id>/ways/add/", views.add_way, name="family_way_add"),
    path("<int:adult_id>/ways/<int:point_id>/", views.way, name="family_way"),
    path("<int:adult_id>/ways/<int:point_id>/works/", views.verify, name="family_way_works"),
    path("<int:adult_id>/ways/<int:point_id>/remove/", views.remove_way, name="family_way_remove"),
    path(
        "<int:adult_id>/ways/<int:point_id>/history/", views.way_history, name="family_way_history"
    ),
    path("<int:adult_id>/changed/<int:check_id>/", tie_views.changed, name="family_changed"),
    path("<int:adult_id>/ties/<int:tie_id>/", tie_views.tie, name="family_tie"),
    path("<int:adult_id>/ties/<int:tie_id>/end/", tie_views.end_tie, name="family_tie_end"),
    path(
        "<int:adult_id>/ties/<int:tie_id>/history/",
        tie_views.tie_history,
        name="family_tie_history",
    ),
    path("<int:adult_id>/block/", blocking_views.block, name="family_block"),
    path("<int:adult_id>/unblock/", blocking_views.unblock, name="family_unblock"),
]
urlpatterns = [
    path("children/<int:student_id>/family/", include(family_of_a_child)),
    path("families/", include("guardians.school_urls")),
]
