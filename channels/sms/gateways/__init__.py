"""The vendors that carry text messages; each folder can be deleted with its line in the registry."""
