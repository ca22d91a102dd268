"""What containers need besides the product: the health check, the gateway's routes, the engine's preparation."""
