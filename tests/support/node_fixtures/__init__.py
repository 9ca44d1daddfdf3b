"""What the tests of the real node share: private homes, the command line in them, and who is left behind."""
