"""An interpreter of a stage's own, in which disk, clock or libraries may be bent: see bent/sitecustomize.py.

It is a virtual environment of three files; what it may import besides comes from the interpreter under trial.  Workers
are started by the interpreter of their leader, so they have it too.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from stage import PYTHON, Stage

BENT = Path(__file__).parent / "bent"


def make_bendable(stage: Stage) -> Path:
    """Give the stage an interpreter of its own, not yet bent; its directory."""
    place = stage.root / "py"
    said = "import json, sys, sysconfig; print(json.dumps([sys._base_executable, sysconfig.get_path('purelib'), "
    said += "'%d.%d' % sys.version_info[:2]]))"
    base, site, version = json.loads(subprocess.check_output([PYTHON, "-c", said]))
    own = place / "lib" / f"python{version}" / "site-packages"
    own.mkdir(parents=True)
    (place / "bin").mkdir()
    (place / "bin" / "python3").symlink_to(base)
    (place / "pyvenv.cfg").write_text(f"home = {Path(base).parent}\ninclude-system-site-packages = false\n")
    (own / "theirs.pth").write_text(f"import site; site.addsitedir({site!r})\n")
    (own / "sitecustomize.py").symlink_to(BENT / "sitecustomize.py")
    stage.python = str(place / "bin" / "python3")
    verbs = place / "bin" / "swarm"  # agents call it by name
    verbs.write_text(f"#!{stage.python} -P\nimport sys\nfrom swarm.cli import main\nsys.exit(main())\n")
    verbs.chmod(0o755)
    return place


def bend(stage: Stage, **plan: Any) -> None:
    """Have processes that start from now on live in a bent world (the words: bent/sitecustomize.py)."""
    plan.setdefault("below", [str(stage.state), str(stage.repo)])
    (stage.root / "py" / "bent.json").write_text(json.dumps(plan))


def straighten(stage: Stage) -> str:
    """Have processes that start from now on live in a world that is all right; what had been made to fail."""
    (stage.root / "py" / "bent.json").unlink(missing_ok=True)
    fired = stage.root / "py" / "fired"
    said = fired.read_text().strip() if fired.exists() else "nothing"
    stage.note(f"failed on purpose: {said.replace(chr(10), '; ')[:300]}")
    return said


def again(stage: Stage) -> None:
    """Have a plan that fails once fail once more."""
    (stage.root / "py" / "fired").unlink(missing_ok=True)
