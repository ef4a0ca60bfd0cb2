"""All that is known of one thing."""
