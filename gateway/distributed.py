"""Everything that speaks Redis: the broker between processes, the shared pace, and a ping.

Redis only carries hints: the tables hold what is due and who works on it. While it is gone, or
when it has forgotten everything, work is late and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import structlog
from limits import RateLimitItem
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError
from taskiq import AckableMessage, AsyncBroker, BrokerMessage
from taskiq_redis import RedisStreamBroker

log = structlog.get_logger()

QUEUE = "mostik"
REDELIVER_AFTER = timedelta(seconds=150)
"""Longer than a lease: whoever gets an unfinished message again finds the lease free or renewed."""
CLAIM_LOCK_SECONDS = 30.0
"""Without an end, a worker killed while it claims would keep all others from claiming for ever."""
STREAM_LENGTH = 10_000
"""Finished messages stay in a stream; the tables' tick brings back whatever is cut off unread."""
CONNECTIONS = 70
"""One for the listener and one for each job that may end at the same moment."""
RETRY_SECONDS = 1.0


def pool(redis_url: str, size: int = CONNECTIONS) -> BlockingConnectionPool:
    """Connections to Redis; whoever finds them all in use waits instead of failing."""
    return BlockingConnectionPool.from_url(redis_url, max_connections=size)


class HintBroker(RedisStreamBroker):
    """A stream of hints whose loss is harmless, so that losing Redis is no failure of ours."""

    async def kick(self, message: BrokerMessage) -> None:
        """Put a hint; without Redis it is dropped, and the lease's end brings the work back."""
        try:
            await super().kick(message)
        except RedisError as lost:
            log.warning("hint_lost", task=message.task_name, trouble=type(lost).__name__)

    async def startup(self) -> None:
        """Declare the group; while Redis is away that is the listener's business."""
        try:
            await super().startup()
        except RedisError as lost:
            log.warning("redis_away", trouble=type(lost).__name__)

    async def listen(self) -> AsyncGenerator[AckableMessage, None]:
        """Hear hints for ever, also after Redis was away or emptied."""
        while True:
            try:
                async for message in super().listen():
                    yield message
            except RedisError as lost:
                log.warning("redis_away", trouble=type(lost).__name__)
                await asyncio.sleep(RETRY_SECONDS)
                await self._declare_again()

    async def _declare_again(self) -> None:
        try:
            await self._declare_consumer_group()
        except RedisError as lost:
            log.warning("redis_away", trouble=type(lost).__name__)


def broker(redis_url: str, *, redeliver_after: timedelta = REDELIVER_AFTER) -> AsyncBroker:
    """The broker between serving processes and workers; every message reaches one worker."""
    made: AsyncBroker = HintBroker(
        redis_url,
        queue_name=QUEUE,
        consumer_group_name=QUEUE,
        consumer_id="0",  # a group that is made late also gets what was put before
        maxlen=STREAM_LENGTH,
        idle_timeout=redeliver_after // timedelta(milliseconds=1),
        unacknowledged_lock_timeout=CLAIM_LOCK_SECONDS,
        max_connection_pool_size=CONNECTIONS,
    )
    return made


class SharedLimiter(MovingWindowRateLimiter):
    """A pace that all processes keep together; while Redis is away, each keeps it for itself."""

    def __init__(self, redis_url: str) -> None:
        self._pool = pool(redis_url)
        storage = RedisStorage(
            f"async+{redis_url}",
            implementation="redispy",
            connection_pool=self._pool,  # type: ignore[arg-type]  # handed on to redis as it is
        )
        super().__init__(storage)
        self._alone = MovingWindowRateLimiter(MemoryStorage())

    async def hit(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        """Whether one more call may be made now."""
        try:
            return await super().hit(item, *identifiers, cost=cost)
        except RedisError as lost:
            log.warning("pace_alone", trouble=type(lost).__name__)
            return await self._alone.hit(item, *identifiers, cost=cost)

    async def close(self) -> None:
        """Let go of Redis."""
        await self._pool.disconnect()


def limiter(redis_url: str) -> SharedLimiter:
    """The pace at which all processes together call a bank."""
    return SharedLimiter(redis_url)


async def trouble(redis_url: str) -> str | None:
    """Why Redis cannot be used; None when it answers."""
    try:
        async with Redis.from_url(redis_url) as client:
            await client.ping()
    except (RedisError, ValueError, OSError) as odd:
        return f"cannot be used: {odd}"
    return None
