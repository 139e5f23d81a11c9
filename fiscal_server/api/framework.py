"""The framework as this API uses it."""

from litestar import Litestar
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin


class Framework(Litestar):
    """Without what it adds by itself for each library of models that it finds installed: ours are msgspec's structs,
    and loading pydantic, which others bring, took a tenth of every start."""

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]
