"""What can be asked of profiles: each command loads, lets the rules decide, saves and announces, in the caller's transaction."""
