"""`make cloud` and `make integration`: hosts, deployment, first resources and verification, one after the other."""
