def rail(request):
    return {}
