"""Each measurement at a tiny size: that its numbers are there, never how large."""

from benchmarks.commanding import commands_a_second
from benchmarks.edge import edge
from benchmarks.figures import Comparison, Delay, Growth, Section
from benchmarks.folding import facts_a_second
from benchmarks.following import following
from benchmarks.lagging import lag
from benchmarks.machine import machine
from benchmarks.queries.asking import queries
from benchmarks.report import as_json, markdown
from benchmarks.servers import Servers
from benchmarks.sizes import Sizes
from projections.catalogue import all_projections

TINY = Sizes(
    rounds=2,
    seconds=0.02,
    clients=(1, 4),
    crowd=4,
    facts=300,
    lag_seconds=0.4,
    lag_rate=50.0,
    orders=(20, 40),
    followers=(2, 4),
)


def shown(section: Section) -> list[tuple[str, str]]:
    """What the section's lines are about; every number in them is one."""
    for comparison in section.comparisons:
        assert len(comparison.ours) == len(comparison.theirs) == TINY.rounds
        assert all(rate > 0 for rate in (*comparison.ours, *comparison.theirs))
    for delay in section.delays:
        assert 0 <= delay.p50 <= delay.p99
    for growth in section.growths:
        assert len(growth.few) == len(growth.many) == TINY.rounds
        assert growth.ratio.least > 0
    return [
        *((comparison.case, comparison.other) for comparison in section.comparisons),
        *((delay.case, delay.what) for delay in section.delays),
        *((growth.case, growth.what) for growth in section.growths),
    ]


async def test_a_change_is_offered_to_few_followers_and_to_many(servers: Servers) -> None:
    (section,) = await following(servers, TINY)
    assert shown(section) == [("one changed order", "offered")]


async def test_commands_are_compared_with_the_raw_limit_and_the_usual_way(
    servers: Servers,
) -> None:
    mixes, crowds, delays = [shown(each) for each in await commands_a_second(servers, TINY)]
    bulk = "driver alone, 100 commands a transaction"
    others = ["driver alone, a transaction each", "SQLAlchemy, a session each"]
    databases = ("SQLite", "PostgreSQL")
    assert mixes == [
        (f"{database}, {clients}", other)
        for database in databases
        for clients in ("1 client", "4 clients")
        for other in (bulk, *others)
    ]
    assert crowds == [
        (f"{database}, 4 clients, one product", other) for database in databases for other in others
    ]
    assert delays == [
        (f"{database}, 4 clients{which}", way)
        for database in databases
        for which in ("", ", one product")
        for way in ("Diptych", *others)
    ]


async def test_facts_are_compared_with_a_bulk_write_of_the_same_documents(
    servers: Servers,
) -> None:
    (facts,) = [shown(each) for each in await facts_a_second(servers, TINY)]
    assert facts == [
        (f"live, {len(all_projections())} views", "driver alone, the final documents"),
        ("rebuild of one view (order)", "driver alone, the final documents"),
    ]


async def test_the_lag_is_seen_at_two_rates_by_readers_and_subscribers(servers: Servers) -> None:
    (section,) = await lag(servers, TINY)
    shown(section)
    assert [delay.what for delay in section.delays] == [
        "commit → document",
        "commit → subscriber",
    ] * 2
    assert section.delays[0].case == "50 commands/s"


async def test_mutations_are_compared_with_the_bus_and_followed_to_the_subscriber(
    servers: Servers,
) -> None:
    mutations, following = await edge(servers, TINY)
    assert shown(mutations) == [("1 client", "the bus alone"), ("4 clients", "the bus alone")]
    shown(following)
    assert [delay.what for delay in following.delays] == [
        "mutation → answer",
        "mutation → subscriber",
    ] * 2


async def test_queries_are_compared_over_few_and_many_orders_and_with_sql(
    servers: Servers,
) -> None:
    growing, beside = [shown(each) for each in await queries(servers, TINY)]
    asked = [
        "an order by its id",
        "the newest 20 orders",
        "a customer's newest orders",
        "20 orders from the middle",
        "statistics of all categories",
    ]
    ways = ("Diptych over HTTP", "its store alone", "SQL")
    middle = 4 * len(ways)
    by_offset = ("20 orders from the middle", "SQL by OFFSET")
    expected = [(query, way) for query in asked for way in ways]
    assert growing == [*expected[:middle], by_offset, *expected[middle:]]
    assert beside == [
        (f"{query}, {orders} orders", "SQL")
        for query in [*asked[:4], "20 orders from the middle, by OFFSET", *asked[4:]]
        for orders in TINY.orders
    ]


async def test_the_machine_is_told(servers: Servers) -> None:
    told = await machine(servers)
    assert told["PostgreSQL"].endswith("fsync=on, synchronous_commit=on")
    assert all(told.values())


def test_where_diptych_is_slower_is_said() -> None:
    slower = Comparison("1 client", "driver alone", "commands/s", [100, 200], [1000, 1000])
    faster = Comparison("64 clients", "driver alone", "commands/s", [3000, 3000], [1000, 1000])
    waited = Delay("200 commands/s", "commit → document", [0.001 * n for n in range(1, 101)])
    grown = Growth("a page", "SQL", [[0.001, 0.002, 0.003]], [[0.002, 0.004, 1.006]])
    section = Section("Commands", "Both.", [slower, faster], [waited], [grown])
    text = markdown({"processor": "2 cores"}, [section])
    assert "| commands/s | Diptych | driver alone |" in text
    assert "| 1 client | 150 | 1,000: 0.15 × (0.10 × to 0.20 ×) |" in text
    assert "| 64 clients | 3,000 | 1,000: 3.0 × (3.0 × to 3.0 ×) |" in text
    assert "| 200 commands/s | commit → document | 51.0 ms | 100.0 ms |" in text
    assert "| a page | SQL | 2.00 / 3.00 ms | 4.00 / 1,006.00 ms | 2.00 × (2.00 × to" in text
    assert text.endswith(
        "### Where Diptych is slower\n\n- 1 client: 0.15 × (0.10 × to 0.20 ×) beside driver alone"
    )
    assert as_json({}, [section])["sections"][0]["delays"] == [
        {
            "case": "200 commands/s",
            "what": "commit → document",
            "seen": 100,
            "p50_ms": 51.0,
            "p99_ms": 100.0,
        }
    ]
