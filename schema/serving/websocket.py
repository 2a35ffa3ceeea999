"""GraphQL over a WebSocket, by the graphql-transport-ws protocol."""

from contextlib import suppress
from typing import Final

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from schema.serving.conversation import SERVER_STOPS, Broken, Conversation
from schema.serving.execution import Execution
from schema.serving.streams import Streams

SUBPROTOCOL: Final = "graphql-transport-ws"
INIT_TIMEOUT: Final = 10.0


class GraphQLOverWebSocket:
    """The endpoint: `init_timeout` is how many seconds a client has to introduce itself."""

    def __init__(self, execution: Execution, init_timeout: float = INIT_TIMEOUT) -> None:
        self._execution = execution
        self._streams = Streams(execution)
        self._init_timeout = init_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = WebSocket(scope, receive, send)
        if SUBPROTOCOL not in scope["subprotocols"]:
            await socket.accept()
            with suppress(WebSocketDisconnect):
                await socket.close(4406, "Subprotocol not acceptable")
            return
        await socket.accept(SUBPROTOCOL)
        conversation = Conversation(socket, self._execution, self._streams)
        try:
            await conversation.serve(self._init_timeout)
        except Broken as broken:
            await conversation.stop()
            await conversation.close(broken)
        except WebSocketDisconnect as gone:
            if gone.code == SERVER_STOPS:
                await conversation.finish()
        finally:
            await conversation.stop()
