"""The composition root and every door: public pages, staff console, webhooks, API and commands."""
