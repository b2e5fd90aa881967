from django.urls import path

from learning import views, voice_views
from learning.county import views as county_views
from learning.curriculum import views as curriculum_views
from learning.exchange import views as exchange_views
from learning.review import views as review_views
from learning.training import views as training_views

app_name = "learning"
urlpatterns = [
    path("", views.lessons, name="list"),
    path("plan/", views.plan, name="plan"),
    path("classes/", curriculum_views.curriculum, name="curriculum"),
    path("classes/<int:class_id>/<str:week>/", curriculum_views.plan_week, name="plan_week"),
    path("classes/planned/<int:pk>/", curriculum_views.planned, name="planned"),
    path("classes/planned/<int:pk>/held/", curriculum_views.held, name="held"),
    path("classes/planned/<int:pk>/not-held/", curriculum_views.not_held, name="not_held"),
    path("classes/planned/<int:pk>/undo/", curriculum_views.reopen, name="reopen"),
    path("classes/planned/<int:pk>/off/", curriculum_views.take_off, name="take_off"),
    path("classes/planned/<int:pk>/came-up/", curriculum_views.came_up, name="came_up"),
    path("review/", review_views.yearly, name="review"),
    path("trainings/", training_views.trainings, name="trainings"),
    path("trainings/plan/", training_views.set_plan, name="staff_plan"),
    path("trainings/<int:pk>/certificate/", training_views.certificate, name="certificate"),
    path("trainings/<int:pk>/remove/", training_views.remove, name="training_remove"),
    path("packs/", exchange_views.packs, name="packs"),
    path("packs/<int:pk>/", exchange_views.pack, name="pack"),
    path("packs/<int:pk>/take/", exchange_views.take, name="pack_take"),
    path("packs/<int:pk>/remove/", exchange_views.drop, name="pack_drop"),
    path("packs/<int:pk>/zip/", exchange_views.export, name="pack_export"),
    path("packs/of-county/<int:pk>/", exchange_views.from_library, name="from_library"),
    path("own/", exchange_views.write, name="write"),
    path("own/<int:pk>/", exchange_views.rewrite, name="rewrite"),
    path("library/", exchange_views.library, name="library"),
    path("library/<int:pk>/remove/", exchange_views.library_remove, name="library_remove"),
    path("library/<int:pk>/", county_views.pack, name="library_pack"),
    path("library/lessons/", county_views.lessons, name="county_lessons"),
    path("library/lessons/<str:digest>/", county_views.lesson, name="county_lesson"),
    path("library/lessons/<str:digest>/let-out/", county_views.let_out, name="county_let_out"),
    path(
        "library/lessons/<str:digest>/take-back/", county_views.take_back, name="county_take_back"
    ),
    path("<int:pk>/", views.lesson, name="lesson"),
    path("<int:pk>/let-out/", views.let_out, name="let_out"),
    path("<int:pk>/take-back/", views.take_back, name="take_back"),
    path("<int:pk>/poster/", views.poster, name="poster"),
    path("<int:pk>/card/", views.card, name="card"),
    path("<int:pk>/group/", views.group_sheet, name="group_sheet"),
    path("<int:pk>/sheet/", views.teacher_sheet, name="teacher_sheet"),
    path("<int:pk>/hand-out/", views.handout, name="handout"),
    path("<int:pk>/send/", views.send, name="send"),
    path("<int:pk>/recording/", voice_views.keep, name="keep_voice"),
    path("<int:pk>/voice/<str:language>/", voice_views.voice, name="voice"),
    path("<int:pk>/voice/<str:language>/remove/", voice_views.remove, name="remove_voice"),
]
