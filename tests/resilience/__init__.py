"""`make test-resilience`: runs that are killed at random moments, and whether one repeat makes the cloud whole."""

import tools  # noqa: F401  lets module_utils/ be found
