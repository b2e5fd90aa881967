from django.urls import path

from notices import board_views, views
from notices.for_systems import views as for_systems

app_name = "notices"
urlpatterns = [
    path("", views.notices, name="list"),
    path("texts/", for_systems.texts, name="texts"),
    path("texts/<int:pk>/end/", for_systems.end, name="text_end"),
    path("new/", views.new, name="new"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/preview/", views.preview, name="preview"),
    path("<int:pk>/send/", views.send, name="send"),
    path("<int:pk>/take-back/", views.take_back, name="take_back"),
    path("<int:pk>/discard/", views.discard, name="discard"),
    path("files/<int:pk>/", views.file, name="file"),
    path("<int:pk>/", board_views.board, name="board"),
    path("<int:pk>/again/", board_views.again, name="again"),
    path("<int:pk>/recall/", board_views.recall, name="recall"),
    path("<int:pk>/print/", board_views.paper, name="paper"),
    path("lines/<int:pk>/told/", board_views.told, name="told"),
    path("answers/<int:pk>/withdraw/", board_views.withdraw, name="withdraw"),
]
