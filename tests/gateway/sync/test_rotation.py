"""Keys for secrets at rest can be replaced while the product runs."""

from __future__ import annotations

from pathlib import Path

from gateway.sealing import Sealer
from gateway.sync.rotation import rotate
from tests.rehearsal import KEY, rehearsal

NEW_KEY = b"n" * 32


async def test_secrets_move_under_the_new_key_and_go_on_working(tmp_path: Path) -> None:
    """An operator puts a new key first; afterwards the old one may be thrown away."""
    async with rehearsal(tmp_path) as stage:
        company = await stage.company("RU", {"sber": [{"currency": "RUB"}]})
        made = await stage.connect("sber", company, history_days=5)
        stage.product.sealer = stage.product.tokens.sealer = Sealer([NEW_KEY, KEY])

        moved = await rotate(stage.product)
        again = await rotate(stage.product)
        stage.product.sealer = stage.product.tokens.sealer = Sealer([NEW_KEY])
        await stage.run_for(minutes=20)
        after = await stage.connection(made.id)

        assert (moved, again, after.trouble) == (1, 0, None)
