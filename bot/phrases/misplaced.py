"""What is said to whoever is reckoned to the wrong village."""

NAME_YOURS = "好的，不按{place}算了。您是哪个村的？\n回村名就行，比如“白阳镇姚河村”；扫您村公示栏上的码也行。"
WHICH_IS_YOURS = "您是哪个村的？回村名就行，比如“白阳镇姚河村”；\n扫您村公示栏上的码也行。"
REGISTERED = "您是哪个村的，现在按村里登记的算。\n登记错了，到村委会说，村里来改；打 12345 也行。\n只想看别的村，回村名就行。"
REGISTERED_WECHAT = f"{REGISTERED}\n这个微信连错了人，回“解绑”。"
