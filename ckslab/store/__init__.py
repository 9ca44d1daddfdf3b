"""What ckslab keeps on disk: labs, attempts, best scores and locks. Nothing here knows a cluster."""
