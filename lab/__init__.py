"""The lab: real, disposable hosts on one machine, as containers and User Mode Linux kernels (docs/lab.md)."""
