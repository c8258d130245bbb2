"""How a message leaves and how an answer comes in: one contract, one folder a channel, and their simulators."""
