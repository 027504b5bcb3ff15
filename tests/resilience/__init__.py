"""`make test-resilience`: runs that are killed at random moments, and whether one repeat makes the cloud whole."""
