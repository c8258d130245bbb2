"""The ground floor: settings, database, clock, network, queue, crypto, audit and logs; no word of the domain."""
