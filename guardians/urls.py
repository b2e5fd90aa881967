"""Included under a child's address by the staff door, in its namespace."""

from django.urls import include, path

from guardians import views

urlpatterns = [
    path("", include("guardians.clock_urls")),
    path("carer/", views.carer, name="family_carer"),
    path("carer/history/", views.carer_history, name="family_carer_history"),
    path("add/", views.add_member, name="family_add"),
    path("talked/", views.talked, name="family_talked"),
    path("talked/<uuid:key>/undo/", views.untalked, name="family_untalked"),
    path("<int:adult_id>/", views.adult, name="family_adult"),
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
    path("<int:adult_id>/block/", views.block, name="family_block"),
    path("<int:adult_id>/unblock/", views.unblock, name="family_unblock"),
]
