"""What the server tells others by itself: messages out of the outbox, signed by Standard Webhooks 1.0.0."""
