"""A lab's life: started, shown, reset, stopped."""
