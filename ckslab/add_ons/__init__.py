"""What a lab's node may have beside a plain cluster, a room each."""
