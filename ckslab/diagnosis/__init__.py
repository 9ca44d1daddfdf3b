"""Why something does not run: the log line, the file and the line behind it."""
