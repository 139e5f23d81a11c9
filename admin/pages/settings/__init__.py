"""What a merchant and the people of the panel set up."""
