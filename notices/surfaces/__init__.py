"""One writing rendered for each place it is read: SMS, WeChat card, web page, board sheet, Telegram."""
