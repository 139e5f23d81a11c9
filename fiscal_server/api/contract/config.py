"""What the framework is told of the document: how to make it when it is asked for."""

from dataclasses import dataclass

from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import OpenAPI


@dataclass
class Contract(OpenAPIConfig):
    """Makes a `Document`; ``atol_path``: below which the dialect is served."""

    atol_path: str = ""

    def to_openapi_schema(self) -> OpenAPI:
        """What the framework fills in."""
        # With the examples of every operation it takes longer to load than any other part, and few starts need it.
        from fiscal_server.api.contract.document import Document

        made = super().to_openapi_schema()
        return Document(
            openapi=made.openapi, info=made.info, servers=made.servers, components=made.components, paths=made.paths,
            tags=made.tags, security=made.security, atol_path=self.atol_path,
        )  # fmt: skip
