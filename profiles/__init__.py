"""Who lives here: divisions, households, residents, contacts, consent, and the rule language over their facts."""
