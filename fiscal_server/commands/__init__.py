"""The command line: one file a family of commands. They wire; rules live elsewhere."""
