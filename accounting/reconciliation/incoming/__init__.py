"""How a company receives money: bank statements and payment registers, from the bytes of a file to payments.

``statement.read_statement`` and ``register.read_register`` are the doors. Both are pure: bytes and an adapter in, a
``ReceivedFile`` out, in which every line of the file that says something of money has its place and its outcome.
"""
