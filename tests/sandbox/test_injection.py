"""A situation is forced on the answers it was ordered for, and on no others."""

from sandbox.injection import Injection, Injections


def test_an_order_is_used_up() -> None:
    """`times` counts answers."""
    orders = Injections()
    orders.add(Injection(bank="sber", code="A", left=2))

    assert [orders.take("sber") for _ in range(3)] == ["A", "A", None]


def test_an_order_waits_for_the_answer_it_fits() -> None:
    """Another bank, account or kind of answer does not use it up."""
    orders = Injections()
    orders.add(Injection(bank="sber", code="A", account="1", company="c"))

    assert orders.take("tochka", account="1", company="c") is None
    assert orders.take("sber", account="2", company="c") is None
    assert orders.take("sber", account="1") is None
    assert orders.take("sber", account="1", company="c", can={"B"}) is None
    assert orders.take("sber", account="1", company="c", can={"A", "B"}) == "A"


def test_older_orders_come_first() -> None:
    """A rehearsal orders several and expects them in turn."""
    orders = Injections()
    orders.add(Injection(bank="sber", code="A"))
    orders.add(Injection(bank="sber", code="B"))

    assert [orders.take("sber"), orders.take("sber")] == ["A", "B"]
