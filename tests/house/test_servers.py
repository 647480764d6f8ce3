"""The servers that other tests lean on are real, and fresh for each."""

from pathlib import Path

import asyncpg
import pytest
import redis.asyncio
from playwright.async_api import async_playwright

TABLE = "CREATE TABLE left_behind (id int)"


@pytest.mark.parametrize("visit", ["first", "second"])
async def test_each_test_has_an_empty_postgres(postgres_url: str, visit: str) -> None:
    """The second visit would fail at the table that the first one leaves behind."""
    del visit
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(TABLE)
    tables = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()

    assert tables == 1


@pytest.mark.parametrize("visit", ["first", "second"])
async def test_each_test_has_an_empty_redis(redis_url: str, visit: str) -> None:
    """The second visit would find the key that the first one leaves behind."""
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        before = await client.dbsize()
        await client.set("left behind", visit)

    assert before == 0


async def test_the_browser_opens_a_page(chromium: Path) -> None:
    """Pages are tried in a real browser, so one must be there and able to draw."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"], headless=True
        )
        page = await browser.new_page()
        await page.set_content("<h1>Mostik</h1>")
        heading = await page.inner_text("h1")
        await browser.close()

    assert heading == "Mostik"
