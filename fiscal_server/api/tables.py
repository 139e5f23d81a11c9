"""Tables that are streamed."""


class StreamCut(Exception):
    """The server ends a stream before its end: the client sees that its last chunk never came."""
