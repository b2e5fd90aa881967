"""Pages about all the families of a school."""

from django.urls import path

from guardians.duplicates import views as merge_views

urlpatterns = [
    path("duplicates/", merge_views.duplicates_page, name="duplicates"),
    path("duplicates/merge/", merge_views.merge, name="merge_adults"),
    path("duplicates/apart/", merge_views.tell_apart, name="tell_apart"),
    path("duplicates/<int:merge_id>/undo/", merge_views.undo, name="undo_merge"),
]
