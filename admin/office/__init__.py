"""What the office does with its clients: plans of their obligations, leads that become clients. Pages ask it."""
