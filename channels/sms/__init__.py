"""Text messages: the template register, the numbers, and one folder a gateway."""
