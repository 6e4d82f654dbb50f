"""What a conversation does with what happens: pure turns, and the one place that commits them."""
