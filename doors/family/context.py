def view(request):
    return {}
