"""Portraits (个性化推荐): what people care about, learnt from what they opened; it orders, and never withholds."""
