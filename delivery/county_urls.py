from django.urls import path

from delivery.views import county_accounts as views

app_name = "county_accounts"
urlpatterns = [
    path("", views.accounts, name="accounts"),
    path("new/<slug:kind>/", views.new, name="new"),
    path("<int:pk>/", views.account, name="account"),
    path("<int:pk>/agree/", views.agree, name="agree"),
    path("<int:pk>/end/", views.end, name="end"),
    path("<int:pk>/address/", views.renew_hook, name="renew_hook"),
    path("<int:pk>/schools/<int:school_pk>/", views.leave_out, name="leave_out"),
    path("<int:pk>/test/", views.send_test, name="test"),
    path("test/<int:pk>/", views.test_result, name="test_result"),
]
