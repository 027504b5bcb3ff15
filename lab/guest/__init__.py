"""The image of virtual machines: Debian's cloud kernel and a busybox in memory."""
