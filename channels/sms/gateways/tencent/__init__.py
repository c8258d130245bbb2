"""Tencent Cloud SMS (sms 2021-01-11): sending, receipts and replies."""
