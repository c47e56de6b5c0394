"""Both databases keep what people write, save and set."""

from core.testing.contracts.organising_contract import OrganisingContract


class TestOrganising(OrganisingContract):
    pass
