"""Speaking first: from an approved notice to deliveries, receipts and an honest account of both."""
