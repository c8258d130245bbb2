"""WeChat official account: template messages out, callbacks in."""
