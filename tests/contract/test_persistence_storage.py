"""Both databases keep what they are given."""

from core.testing.storage_contract import StorageContract


class TestStorage(StorageContract):
    pass
