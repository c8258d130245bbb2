"""Aliyun SMS (dysmsapi 2017-05-25): sending, asking what became of a call, receipts and replies."""
