"""Tables of the office: one module a noun, its SQL beside it in ``admin/storage/sql``.

All of it stands under row-level security: outside of ``sight.let_see`` nothing of any client is there.
"""
