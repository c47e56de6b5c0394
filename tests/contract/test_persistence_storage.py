"""Both databases keep what they are given."""

from core.testing.contracts.storage_contract import StorageContract


class TestStorage(StorageContract):
    pass
