MONTH_DAY_FORMAT = "n月j日"  # Django's own format gives 09月7日
