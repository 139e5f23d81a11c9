"""The panel's own tables, schema ``office``: one typed function a query, SQL in ``sql/``."""
