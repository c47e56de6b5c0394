"""A client of the REST API: list, compare, submit, wait, and log models that your own code made.

Needs numpy and the standard library alone, so that it can be imported next to any training code.
"""

from core.client.client import Client
from core.client.logged import ModelLog
from core.client.tables import Experiment, Models
from core.client.transport import ApiError

__all__ = ["ApiError", "Client", "Experiment", "ModelLog", "Models"]
