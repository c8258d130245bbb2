"""What is said to whoever rang in vain, or was sent from one door to the next."""

RANG = "电话没打通，对不住。"
WALKED = "让您来回折腾，对不住。"
TELL_ME = "您就在这里说：是什么事，说一两句，我转给工作人员。\n不想说了，回“算了”。"
TELL_ME_SHORT = "什么事，回一两句，我转给工作人员"
ASKED = "不用再{way}：回“人工”，“{asked}”这件事我转给工作人员。"
THESE_WORDS = "不用再{way}：回“人工”，您这句话我转给工作人员。"
OR_HERE = {RANG: "电话没打通也不要紧：没说清的，回“人工”，我转给工作人员。", WALKED: "让您来回折腾，对不住。还是办不成，回“人工”，我转给工作人员。"}
WAY = {RANG: "打", WALKED: "跑"}
EMERGENCY = "急事别停，接着打，换个手机也打：急病 120，着火 119，报警 110，哪个通先打哪个。\n喊上邻居、村干部帮忙。"
