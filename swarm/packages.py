"""What to type on this machine to install a system package.

Knows the package managers that people have, and runs none of them.
"""

from __future__ import annotations

import os
import shutil

INSTALL = {
    "apt-get": "apt-get install",
    "dnf": "dnf install",
    "pacman": "pacman -S",
    "apk": "apk add",
    "zypper": "zypper install",
    "brew": "brew install",
}


def how_to_install(package: str) -> str:
    """The command for a package that is called the same everywhere."""
    for manager, command in INSTALL.items():
        if shutil.which(manager):
            sudo = "" if os.getuid() == 0 or manager == "brew" else "sudo "
            return f"type: {sudo}{command} {package}"
    return f"install {package} with your system's package manager"
