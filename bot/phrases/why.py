"""Why messages come and how the number is known: a long form, and one for a text message in `bot.phrases.brief`."""

SENT = ("是按村里登记的情况和您家所在的村发的，没有卖给谁。\n每一条为什么发，核对后在“我的事”里看。\n"
        "不想收，回“退订”。怕是假的，拨 12345 核实。")
NUMBER = ("号码是您家在村里登记的，只用来告诉您家的事。\n想看、想改、想删，打开“我的事”，或到村委会说。\n"
          "不想收，回“退订”。")
