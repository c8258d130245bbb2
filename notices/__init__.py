"""What the office says: writing, review, publication, and the surfaces one text is rendered on."""
