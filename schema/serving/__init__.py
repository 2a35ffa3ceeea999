"""GraphQL over HTTP and WebSocket: from a request to its answer, and to what it follows."""
