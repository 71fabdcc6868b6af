"""Values that lead to production are refused, those of tests are not, and none is ever said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.policy.ready_made.connection import Target, target
from gatekeeper.policy.ready_made.production import leads_to_production, masked, names_production


@pytest.mark.parametrize(
    ("value", "hosts", "names"),
    [
        ("postgres://u:p@db.example.com:5432/app?sslmode=require", ("db.example.com",), ("app",)),
        ("postgresql+asyncpg://u:p%40x@[::1]:5432/app", ("::1",), ("app",)),
        ("postgres:///app", ("localhost",), ("app",)),
        ("postgres:///app?host=/var/run", ("/var/run",), ("app",)),
        ("postgres://u@h1:1,h2:2/app", ("h1", "h2"), ("app",)),
        ("mongodb+srv://u:p@c.mongodb.net/", ("c.mongodb.net",), ()),
        ("jdbc:postgresql://DB.example.com/app?user=x", ("db.example.com",), ("app",)),
        ("jdbc:sqlserver://s.database.windows.net:1433;databaseName=sales", ("s.database.windows.net",), ("sales",)),
        ("Server=tcp:s.windows.net,1433;Initial Catalog=sales;Password=a;b", ("s.windows.net",), ("sales",)),
        ("host=10.0.0.5 dbname='my app' password=x", ("10.0.0.5",), ("my app",)),
        ("u:p@tcp(127.0.0.1:3306)/app?x=1", ("127.0.0.1",), ("app",)),
        ("sqlite:///data/app.db", ("localhost",), ("data/app.db",)),
        ("redis://cache:6379/0", ("cache",), ("0",)),
        ("db.example.com:5432", ("db.example.com",), ()),
        ("::1", ("::1",), ()),
        ("postgres://u:p/w@host/app", (), ()),
        ("what is this", (), ()),
        ("", (), ()),
    ],
)
def test_where_a_value_leads(value: str, hosts: tuple[str, ...], names: tuple[str, ...]) -> None:
    """In every way of writing it that is known; else nowhere."""
    assert target(value) == Target(hosts, names)


REFUSED = [
    "postgres://u:hunter2@prod-db.internal/app",
    "postgres://u:hunter2@db.prod.internal/app_test",
    "postgres://u:hunter2@localhost/app_production",
    "postgres://u:hunter2@localhost/appProduction",
    "postgres://u:hunter2@mydbprod/app",
    "postgres://u:hunter2@live.example.com/app",
    "postgres://u:hunter2@primary/app",
    "postgres://u:hunter2@x.eu-west-1.rds.amazonaws.com/app",
    "postgres://u:hunter2@ep-a.eu.aws.neon.tech/app",
    "postgres://u:hunter2@db.abc.supabase.co/postgres",
    "Server=tcp:a.database.windows.net,1433;Initial Catalog=app;Password=hunter2",
    "mysql://u:hunter2@db.example.com/app",
    "mysql://u:hunter2@db.mycompany.dev/app",
    "host=10.0.0.5 dbname=app password=hunter2",
    "mongodb://u:hunter2@localhost,db.example.com/app",
    "postgres:///app?host=db.example.com&password=hunter2",
    "postgres://u:hun/ter2@localhost/app",
    "no idea hunter2",
    "${SECRET}",
    "postgres://u:hunter2@piano-prod.example.com/app_test",
]
TAKEN = [
    "postgres://u:hunter2@localhost/app",
    "postgres://u:hunter2@127.0.0.1:5432/app",
    "postgres://u:hunter2@db:5432/app",
    "postgres:///app",
    "host=/var/run/postgresql dbname=app",
    "postgres://u:hunter2@staging.example.com/app",
    "postgres://u:hunter2@db.example.com/app_test",
    "postgres://u:hunter2@test.eu-west-1.rds.amazonaws.com/app",
    "postgres://u:hunter2@nonprod.example.com/app",
    "postgres://u:hunter2@non-production.example.com/app",
    "postgres://u:hunter2@pre-prod.example.com/app",
    "postgres://u:hunter2@localhost/products",
    "postgres://u:hunter2@olive/livestock",
    "postgres://u:hunter2@host.docker.internal/reproduce",
    "sqlite:///app.db",
    "redis://[::1]:6379/0",
]


@pytest.mark.parametrize("value", REFUSED)
def test_what_may_be_production_is_refused_and_not_said(value: str) -> None:
    """Neither a password nor a host nor a name is in the reason."""
    why = leads_to_production(value)
    assert why
    assert not any(
        secret in why for secret in ("hunter2", "example", "internal", "ep-a", "mycompany", "10.0.0.5", "SECRET")
    )


@pytest.mark.parametrize("value", TAKEN)
def test_what_is_for_tests_is_taken(value: str) -> None:
    """On this machine, or by its name."""
    assert leads_to_production(value) == ""


def test_by_its_own_words_only_what_says_production_is_told() -> None:
    """A lint can't know what a host is that is only somewhere else."""
    assert names_production("https://live.example.com/x")
    assert names_production("postgres://x.rds.amazonaws.com/app")
    assert not names_production("https://api.example.com/x")


def test_a_host_is_masked_but_for_its_provider() -> None:
    """Enough to know which one is meant, for who knows it already."""
    assert masked("orders.eu-west-1.rds.amazonaws.com") == "o***.e***.***.amazonaws.com"
    assert masked("db.example.com") == "***.e***.***"
    assert masked("10.1.2.3") == "(an address)"


@given(st.text(max_size=80))
def test_no_value_breaks_it_or_is_said(value: str) -> None:
    """Whatever somebody has put into a variable."""
    target(value)
    why = leads_to_production(f"postgres://user:{value}s3cr3t@db.example.com/app")
    assert "s3cr3t" not in why
