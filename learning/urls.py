from django.urls import path

from learning import views

app_name = "learning"
urlpatterns = [
    path("", views.lessons, name="list"),
    path("plan/", views.plan, name="plan"),
    path("<int:pk>/", views.lesson, name="lesson"),
    path("<int:pk>/let-out/", views.let_out, name="let_out"),
    path("<int:pk>/take-back/", views.take_back, name="take_back"),
    path("<int:pk>/poster/", views.poster, name="poster"),
    path("<int:pk>/group/", views.group_sheet, name="group_sheet"),
    path("<int:pk>/send/", views.send, name="send"),
]
