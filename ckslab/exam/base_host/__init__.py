"""`base`: where a candidate sits, a sandbox of its own from which the tasks' hosts are reached."""
