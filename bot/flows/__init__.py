"""What a conversation can be about: each flow takes an incoming and gives a turn, or leaves it to the next."""
