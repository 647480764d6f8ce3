"""Figures for Prometheus: requests by path template, and refusals by bank and code."""

from __future__ import annotations

from collections.abc import Iterable

from litestar import Response, get
from litestar.di import NamedDependency
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from gateway.api.operations import operation
from gateway.product import Product

TAG = "Operation"
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Refusals(Collector):
    """What banks refused since the start; an unrecognised refusal is an alarm."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def collect(self) -> Iterable[Metric]:
        """The counts as they stand."""
        told = CounterMetricFamily(
            "mostik_bank_refusals", "Refusals by banks", labels=["bank", "code"]
        )
        for (bank, code), count in self._product.counts.items():
            told.add_metric([bank, code], count)
        yield told


class Meter:
    """The figures of one product."""

    def __init__(self, product: Product) -> None:
        self.figures = CollectorRegistry()
        labels = ("method", "path")
        self._requests = Counter(
            "mostik_requests", "Answers given", (*labels, "status"), registry=self.figures
        )
        self._seconds = Histogram(
            "mostik_request_seconds",
            "Time from a request to its answer",
            labels,
            buckets=BUCKETS,
            registry=self.figures,
        )
        self.figures.register(Refusals(product))
        self._of: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def observe(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count an answer; `path` is a template, so that ids make no new figures."""
        kind = (method, path, status)
        # finding a figure by its labels costs more than counting in it
        figures = self._of.get(kind)
        if figures is None:
            figures = (self._requests.labels(*kind), self._seconds.labels(method, path))
            self._of[kind] = figures
        figures[0].inc()
        figures[1].observe(seconds)


@get("/metrics", opt=operation("Figures for Prometheus", TAG, kind="text"))
async def figures(meter: NamedDependency[Meter]) -> Response[bytes]:
    """All figures in the text format."""
    # The framework says the charset of every text by itself.
    media, _, _ = CONTENT_TYPE_LATEST.rpartition("; charset=")
    return Response(content=generate_latest(meter.figures), media_type=media)


ROUTES = (figures,)
