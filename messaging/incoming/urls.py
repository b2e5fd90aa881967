from django.urls import path

from messaging.incoming import views as hook_views

app_name = "hooks"
urlpatterns = [path("<int:pk>/<uuid:key>/", hook_views.report, name="report")]
