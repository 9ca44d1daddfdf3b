"""The exam in a browser: a page on loopback, laid out as the real exam's, and the terminals behind it."""
