"""Which stores a command works on, in words: whoever runs one in another folder sees it at once."""

from __future__ import annotations

from schema.setting_values import without_password
from schema.settings import Settings


def write_store(settings: Settings) -> str:
    """The write store's URL as a user would give it, without its password."""
    scheme, _, place = settings.database_url.partition("://")
    return without_password(f"{scheme.partition('+')[0]}://{place}")


def both_stores(settings: Settings) -> str:
    """One line that names the write store and the documents' server."""
    if settings.mongo_url is None:
        documents = f"the embedded MongoDB in {(settings.data / 'mongo').absolute()}"
    else:
        documents = f"{settings.mongo_database} at {without_password(settings.mongo_url)}"
    return f"Write store: {write_store(settings)}; documents: {documents}"
