"""Small copies of the vendors' wire for tests, benchmarks and the demo: they check signatures and keep inboxes."""
