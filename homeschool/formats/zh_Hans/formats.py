MONTH_DAY_FORMAT = "n月j日"  # Django's own says 09月7日
