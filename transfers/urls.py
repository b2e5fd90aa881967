from django.urls import path

from transfers import views

app_name = "transfers"
urlpatterns = [
    path("children/<int:student_id>/to-school/", views.prepare, name="prepare"),
    path("transfers/<int:pk>/", views.transfer, name="transfer"),
    path("transfers/<int:pk>/word/", views.word, name="word"),
    path("transfers/<int:pk>/child/", views.child_word, name="child_word"),
    path("transfers/<int:pk>/end/", views.end, name="end"),
    path("transfers/<int:pk>/accept/", views.accept, name="accept"),
    path("transfers/<int:pk>/decline/", views.decline, name="decline"),
    path("transfers/<int:pk>/print/", views.print_package, name="print"),
    path("transfers/<int:pk>/paper/", views.paper, name="paper"),
    path("transfers/<int:pk>/call-back/", views.call_back, name="call_back"),
    path("transfers/<int:pk>/received/", views.received, name="received"),
    path("transfers/<int:pk>/protection/", views.protection, name="protection"),
    path("transfers/<int:pk>/protection/confirm/", views.confirm, name="confirm"),
    path("transfers/<int:pk>/protection/called/", views.called, name="called"),
]
