"""The OpenAPI document of this version, made without a database of anybody's."""

from __future__ import annotations

import asyncio
import tempfile
from typing import Any

import msgspec

from gateway.api.metrics import Meter
from gateway.api.openapi import document
from gateway.app import rooms
from gateway.product import open_product
from gateway.settings import read


def openapi() -> dict[str, Any]:
    """What a server of this version gives at /openapi.json."""
    with tempfile.TemporaryDirectory(prefix="mostik-") as folder:
        return asyncio.run(_described(f"sqlite:///{folder}/none.db"))


async def _described(database_url: str) -> dict[str, Any]:
    settings = msgspec.structs.replace(read({}), database_url=database_url)
    product = await open_product(settings)
    try:
        told: dict[str, Any] = document(rooms(product, Meter(product)))
    finally:
        await product.close()
    return told
