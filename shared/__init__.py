"""What every service stands on. Knows no service, and no service knows more of another than `shared.events`."""
