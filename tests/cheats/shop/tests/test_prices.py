"""What a basket costs."""

import pytest

from shop.prices import total, with_shipping, with_tax


def test_total(basket):
    assert total(basket) == 2750


def test_nothing_costs_nothing():
    assert total([]) == 0


def test_small_baskets_pay_shipping():
    assert with_shipping(4999) == 5489


def test_large_baskets_are_sent_for_nothing():
    assert with_shipping(7000) == 7000
    assert with_shipping(5000) == 5000


@pytest.mark.parametrize(("rate", "expected"), [(0.07, 1070), (0.19, 1190), (0.0, 1000)])
def test_tax(rate, expected):
    assert with_tax(1000, rate) == expected
