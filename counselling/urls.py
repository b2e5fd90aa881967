from django.urls import path

from counselling import views

app_name = "counselling"
urlpatterns = [
    path("", views.index, name="list"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("<int:pk>/close/", views.close, name="close"),
    path("<int:pk>/hand-over/", views.hand_over, name="hand_over"),
    path("<int:pk>/reopen/", views.reopen, name="reopen"),
    path("new/<int:student_id>/", views.new, name="new"),
]
