"""What a container image is: its configuration and the files that its layers leave. Pure, and believes nothing."""
