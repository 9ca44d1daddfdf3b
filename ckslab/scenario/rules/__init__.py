"""The rules that an author is held to, beyond what the form of each file says."""
