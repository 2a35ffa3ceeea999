"""Products found by words."""

from collections.abc import Sequence

import pytest

from readmodels.product import Product, ProductFilter
from readmodels.store import BadCursor, Changes, Page, PageRequest, Store
from readmodels.store.cursors import sorting_of
from readmodels.store.search import MOST_HITS, Hits
from readmodels.view import BadFilter
from tests.readmodels.documents import product, put

SHELF = [
    product(1, name="Red paper lantern", sku="LAN-100", description="Hangs in the garden."),
    product(2, name="Blue lantern", sku="LAN-200", description="The red one is another."),
    product(3, name="Garden chair", sku="CH-1", description=None),
    product(4, name="The red chair", sku="CH-2", available=0, category="Seats"),
    product(5, name="Red lantern of old", sku="LAN-1", discontinued=True),
]


async def found(store: Store, text: str, **filter: object) -> list[str]:
    page = await hits(store, PageRequest(filter=ProductFilter(text=text, **filter)))  # type: ignore[arg-type]
    return ids(page.nodes)


async def hits(store: Store, request: PageRequest) -> Page[Product]:
    if store.checkpoint(Product).position == 0:
        await put(store, Product, inserted=SHELF)
    return await store.page(Product, request)


def ids(nodes: Sequence[Product]) -> list[str]:
    return [node.id.removeprefix("prd_000") for node in nodes]


async def test_words_are_found_whatever_their_case_and_accents(store: Store) -> None:
    assert sorted(await found(store, "LANTERN")) == ["1", "2"]
    assert sorted(await found(store, "lántern")) == ["1", "2"]
    assert await found(store, "lanterns") == []
    assert await found(store, "lam paper") == ["1"]


async def test_a_hit_in_the_name_comes_before_one_in_the_description(store: Store) -> None:
    assert await found(store, "garden") == ["3", "1"]
    assert (await found(store, "red lantern"))[0] == "1"
    assert set(await found(store, "red lantern")) == {"1", "2", "4"}


async def test_no_word_is_too_common_to_be_looked_for(store: Store) -> None:
    assert await found(store, "the") == ["4", "1", "2"]


async def test_what_an_sku_is_or_begins_with_comes_first(store: Store) -> None:
    assert await found(store, "LAN-") == ["1", "2"]
    assert await found(store, "lan-2") == ["2", "1", "4"]
    await put(store, Product, inserted=[product(6, name="CH-1 CH-1 lookalike", sku="CH-10")])
    assert (await found(store, " ch-1 "))[:2] == ["3", "6"]


async def test_hits_are_narrowed_by_the_rest_of_the_filter(store: Store) -> None:
    assert await found(store, "red", category="Seats") == ["4"]
    assert await found(store, "red", in_stock=True) == ["1", "2"]
    assert set(await found(store, "red", include_discontinued=True)) == {"1", "2", "4", "5"}
    every = await found(store, "lan-1", include_discontinued=True)
    assert every[:2] == ["5", "1"]
    assert "5" not in await found(store, "lan-1")


@pytest.mark.parametrize("text", ['"', "-red", '"paper lantern" -red', "***", "$where", "."])
async def test_signs_mean_nothing(store: Store, text: str) -> None:
    plain = "".join(each if each.isalnum() else " " for each in text)
    if plain.strip():
        assert await found(store, text) == await found(store, plain)
    else:
        assert await found(store, text) == []


async def test_an_empty_text_narrows_nothing(store: Store) -> None:
    for text in ("", "  "):
        assert await found(store, text) == ["2", "3", "1", "4"]


async def test_hits_are_paged_both_ways(store: Store) -> None:
    narrowed = ProductFilter(text="red", include_discontinued=True)
    everything = await hits(store, PageRequest(filter=narrowed, sort="PRICE_ASC"))
    assert (everything.has_previous, everything.has_next) == (False, False)
    order = ids(everything.nodes)
    assert len(order) == 4
    first = await hits(store, PageRequest(first=2, filter=narrowed))
    assert (ids(first.nodes), first.has_previous, first.has_next) == (order[:2], False, True)
    rest = await hits(store, PageRequest(first=2, after=first.cursors[-1], filter=narrowed))
    assert (ids(rest.nodes), rest.has_previous, rest.has_next) == (order[2:], True, False)
    back = await hits(store, PageRequest(last=1, before=rest.cursors[0], filter=narrowed))
    assert (ids(back.nodes), back.has_previous, back.has_next) == (order[1:2], True, True)
    beyond = await hits(store, PageRequest(after=rest.cursors[-1], filter=narrowed))
    assert (beyond.nodes, beyond.has_previous, beyond.has_next) == ([], True, False)
    between = await hits(
        store,
        PageRequest(after=first.cursors[0], before=rest.cursors[-1], filter=narrowed),
    )
    assert ids(between.nodes) == order[1:3]


async def test_a_cursor_of_a_sorted_list_is_none_of_hits(store: Store) -> None:
    cursor = sorting_of(Product, "BEST_SELLING").cursor_of(SHELF[0])
    with pytest.raises(BadCursor):
        await hits(store, PageRequest(after=cursor, filter=ProductFilter(text="red")))
    page = await hits(store, PageRequest(filter=ProductFilter(text="red")))
    with pytest.raises(BadCursor):
        await hits(store, PageRequest(after=page.cursors[0]))


async def test_of_many_hits_a_thousand_are_ranked(store: Store) -> None:
    many = [product(n, name="Lamp", sku=f"{n:05}") for n in range(MOST_HITS + 5)]
    await put(store, Product, inserted=[*many, product(9_999, name="Lamp lamp")])
    narrowed = ProductFilter(text="lamp")
    first = await store.page(Product, PageRequest(first=1, filter=narrowed))
    last = await store.page(Product, PageRequest(last=1, filter=narrowed))
    assert [node.id for node in first.nodes] == ["prd_9999"]
    rest = await store.page(
        Product, PageRequest(first=2_000, after=first.cursors[0], filter=narrowed)
    )
    assert len(rest.nodes) == MOST_HITS - 1
    assert rest.nodes[-1] == last.nodes[0]


async def test_the_pages_of_too_many_hits_are_always_the_same(store: Store) -> None:
    many = [product(n, name="Lamp", sku=f"LAMP-{n:05}") for n in range(MOST_HITS + 400)]
    await put(store, Product, inserted=many[::-1])
    for text in ("lamp", "lamp-"):
        walks = []
        for _ in range(3):
            walk: list[str] = []
            after = None
            while after is not None or not walk:
                narrowed = PageRequest(first=300, after=after, filter=ProductFilter(text=text))
                page = await store.page(Product, narrowed)
                walk += [node.id for node in page.nodes]
                after = page.cursors[-1] if page.has_next else None
            walks.append(walk)
        assert walks == [[each.id for each in many[:MOST_HITS]]] * 3


@pytest.mark.parametrize(
    "name",
    [
        "हिन्दी किताब",
        "قَهْوَة",
        "ab\u200dcd",
        "Kleenex™",
        "5€",
        "🎁",
        "naïve café",
        "日本語",
        "50% off",
        "O'Neill's",
        'a "quoted" name',
        "well-known -thing",
        "C++ & C#",
    ],
)
async def test_a_product_is_found_by_each_word_of_its_name(store: Store, name: str) -> None:
    await put(store, Product, inserted=[product(1, name=name, sku="other")])
    for text in (name, *name.split()):
        if any(each.isalnum() or ord(each) > 0x2000 for each in text):
            page = await store.page(Product, PageRequest(filter=ProductFilter(text=text)))
            assert [node.name for node in page.nodes] == [name], text


TYPED = {
    "奥迪汽车": (["奥迪", "汽车", "迪汽", "奥", "奥迪汽车"], ["奔驰", "车奥", "奥车汽"]),
    "青森りんごジュース": (
        ["りんご", "青森", "ジュース", "ごジ", "りんごジュ"],
        ["りんどう", "みかん"],
    ),
    "น้ำมะม่วงปั่น": (["มะม่วง", "น้ำ", "ปั่น", "มะมวง"], ["มะนาว", "มะพร้าว"]),
    "청사과주스": (["사과", "주스", "청", "사과주스"], ["사과즙", "과사"]),
    "USBケーブル": (["usb", "ケーブル", "ｹｰﾌﾞﾙ"], ["us"]),
    "cable usb_c 2.5m": (["usb", "c", "USB_C", "2.5m"], ["usbc", "us"]),
    "Kleine Straße": (["strasse", "STRASSE", "straße"], ["strase"]),
    "Łódź Ørsted": (["lodz", "łódź", "LODZ", "orsted"], ["odz"]),
    "O’Neill’s": (["oneills", "o'neill", "neill"], ["one"]),
    "☕ mug": (["☕", "☕️"], ["🎁"]),
}


@pytest.mark.parametrize("name", TYPED)
async def test_what_people_type_is_found(store: Store, name: str) -> None:
    hit = product(1, name=name, sku="other")
    await put(store, Product, inserted=[hit, product(2, name="别的", sku="another")])
    found, not_found = TYPED[name]
    for text in (*found, *not_found):
        page = await store.page(Product, PageRequest(filter=ProductFilter(text=text)))
        assert [node.name for node in page.nodes] == ([name] if text in found else []), text


async def test_a_run_and_a_word_are_each_enough(store: Store) -> None:
    await put(
        store,
        Product,
        inserted=[
            product(1, name="りんごジュース", description="Juice"),
            product(2, name="Lamp", description="りんどう"),
            product(3, name="Lamp", description="Juice"),
        ],
    )
    assert await found(store, "りんご juice") == ["1", "3"]
    assert await found(store, "りんご") == ["1"]
    assert await found(store, "りん") == ["1", "2"]
    assert await found(store, "りんご juice", category="Seats") == []


async def test_a_change_of_the_name_changes_what_is_found(store: Store) -> None:
    before = product(1, name="奥迪汽车", sku="other")
    await put(store, Product, inserted=[before])
    await put(store, Product, replaced=[product(1, name="奔驰汽车", sku="other", sold=3)])
    assert await found(store, "奥迪") == []
    assert await found(store, "奔驰") == ["1"]


async def test_names_are_sorted_without_case_and_accents(store: Store) -> None:
    names = ["Zoë", "emile", "Łódź", "Émile", "lodz", "EMILE", "straße", "Strasse 1"]
    products = [product(n, name=name) for n, name in enumerate(names)]
    await put(store, Product, inserted=products)
    walk: list[str] = []
    after = None
    while len(walk) < len(names):
        page = await store.page(Product, PageRequest(first=3, after=after))
        walk += [node.name for node in page.nodes]
        after = page.cursors[-1]
    expected = ["emile", "Émile", "EMILE", "Łódź", "lodz", "straße", "Strasse 1", "Zoë"]
    assert walk == expected


async def test_what_folds_to_nothing_finds_nothing(store: Store) -> None:
    assert await found(store, "\u0301") == []


async def test_an_older_collection_keeps_its_index_of_words_until_a_new_one_takes_its_place(
    store: Store,
) -> None:
    writer = store.writer(Product)
    older = await writer.prepare(revision=1)
    collection = store._connection.collection(older.collection)
    await collection.drop_index("text")
    await collection.create_index([("name", "text")], name="text")
    assert (await writer.prepare(revision=2)).collection == older.collection
    await collection.insert_one({"name": "Red lamp"})
    assert await collection.count_documents({"$text": {"$search": "lamp"}}) == 1
    new = await store.new_collection(Product)
    await new.fill(Changes([product(1, name="奥迪汽车")]))
    await new.index()
    filled = store._connection.collection(new.name)
    assert await filled.count_documents({"$text": {"$search": "奥迪"}}) == 1


def test_a_text_has_its_bound() -> None:
    ProductFilter(text="x" * 1_000)
    with pytest.raises(BadFilter, match="at most 1,000 characters; this one has 1,001"):
        ProductFilter(text="x" * 1_001)


def test_an_empty_page_says_what_lies_around_it() -> None:
    places = [(-3.0, "a"), (-2.0, "b")]
    assert Hits([], None, None).behind([]) is False
    after_all = Hits(places, (-1.0, "c"), None)
    assert (after_all.behind([]), after_all.ahead([])) == (True, False)
    before_all = Hits(places, None, (-4.0, "c"))
    assert (before_all.behind([]), before_all.ahead([])) == (False, True)
