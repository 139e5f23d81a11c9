"""Files that people hand over: looked at (``looks``), received (``receiving``), and sent to the API (``work``)."""
