"""Executes operations as graphql-core does, within the bounds of one answer, and gives way."""

import asyncio
from collections.abc import Callable, Collection, Iterable
from typing import Any, Final, Self, TypeVar

import msgspec
from graphql import GraphQLLeafType, GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo
from graphql.execution import Executor
from graphql.pyutils import AwaitableOrValue, Path

from schema.context import Reading
from schema.cost import Cost
from schema.serving.turns import Turns

T = TypeVar("T")

_SHORT: Final = 20
"""The elements of a list up to which it is completed at once."""

_PUNCTUATION: Final = len('"":,')
_OTHER_LEAF: Final = len("12345")


class BoundedExecutor(Executor[Reading]):
    """Long lists are completed element by element, in turns; and every name and value counts."""

    def __init__(self, *args: Any, turns: Turns, **more: Any) -> None:
        super().__init__(*args, **more)
        self._turns = turns
        self._own_turn = asyncio.Lock()
        self._cost: Cost = self.context_value.cost

    @property
    def cost(self) -> Cost:
        return self._cost

    def build_per_event_executor(self, payload: Any) -> Self:
        executor: Any = super().build_per_event_executor(payload)
        executor._cost = Cost(self._cost.bounds)
        executor._own_turn = asyncio.Lock()
        return executor  # type: ignore[no-any-return]

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: dict[str, Any],
        position_context: Any,
    ) -> AwaitableOrValue[dict[str, Any]]:
        names = sum(map(len, grouped_field_set)) + _PUNCTUATION * len(grouped_field_set)
        self._cost.add_bytes(names)
        return super().execute_fields(
            parent_type, source_value, path, grouped_field_set, position_context
        )

    def complete_leaf_value(  # type: ignore[override]  # it is static there
        self, return_type: GraphQLLeafType, result: Any
    ) -> Any:
        value = super().complete_leaf_value(return_type, result)
        if isinstance(value, str):
            size = len(value) if value.isascii() else len(value.encode())
        else:
            size = _OTHER_LEAF
        self._cost.add_bytes(size)
        return value

    async def complete_awaitable_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: list[Any],
        info: GraphQLResolveInfo[Reading],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        try:
            resolved = await self.with_abort_signal(result)
            completed = await self._in_turn(
                lambda: self.complete_value(
                    return_type, field_details_list, info, path, resolved, position_context
                )
            )
            if self.is_awaitable(completed):
                completed = await completed
        except Exception as raw_error:
            self.handle_field_error(raw_error, return_type, field_details_list, path)
            completed = None
        return completed

    def complete_iterable_value(
        self,
        item_type: GraphQLOutputType,
        field_details_list: list[Any],
        info: GraphQLResolveInfo[Reading],
        path: Path,
        items: Iterable[Any],
        position_context: Any,
    ) -> AwaitableOrValue[list[Any]]:
        if isinstance(items, Collection) and (len(items) > _SHORT or _has_repeated(items)):
            return self._in_turns(
                item_type, field_details_list, info, path, items, position_context
            )
        return super().complete_iterable_value(
            item_type, field_details_list, info, path, items, position_context
        )

    async def _in_turns(
        self,
        item_type: GraphQLOutputType,
        field_details_list: list[Any],
        info: GraphQLResolveInfo[Reading],
        path: Path,
        items: Collection[Any],
        position_context: Any,
    ) -> list[Any]:
        completed: list[Any] = []
        first: dict[int, int] = {}
        left = iter(items)

        def go_on() -> bool:
            """Complete one more at least; whether the last of them has to be awaited."""
            for item in left:
                index = len(completed)
                before = first.setdefault(id(item), index)
                if before < index and completed[before] is not None:
                    self._cost.add_bytes(len(msgspec.json.encode(completed[before])))
                    completed.append(completed[before])
                elif self.complete_list_item_value(
                    item,
                    completed,
                    item_type,
                    field_details_list,
                    info,
                    path.add_key(index, None),
                    position_context,
                ):
                    return True
                if self._turns.is_over():
                    break
            return False

        while len(completed) < len(items):
            if await self._in_turn(go_on):
                completed[-1] = await completed[-1]
        return completed

    async def _in_turn(self, work: Callable[[], T]) -> T:
        # However many lists it has, a request waits in one place.
        async with self._own_turn:
            return await self._turns.run(work)


def _has_repeated(items: Collection[Any]) -> bool:
    return len(set(map(id, items))) < len(items)
