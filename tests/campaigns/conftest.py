"""Faults of a whole cloud, too long for every change. `make test-storage` runs them on the cloud of the lab."""

from tests.integration.conftest import access, api, hostvars, inventory, inventory_path, services  # noqa: F401
