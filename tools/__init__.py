"""Programs of the checkout; they find module_utils/ where Ansible has it for modules."""

from contextlib import suppress
from pathlib import Path

# What makes releases runs where there is no Ansible, too.
with suppress(ImportError):
    import ansible.module_utils

    ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))
