"""What people and programs read: text for terminals, JSON, JUnit XML. Data in, text out."""
