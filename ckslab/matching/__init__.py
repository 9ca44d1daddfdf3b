"""What a value should be: the small language in which authors say it, and paths into values."""
