"""Security checks of what is shipped: bandit over the code, pip-audit over the pinned packages.

Both are installed into a folder of their own, for the product needs neither. Findings of bandit of medium
severity and above fail; what is meant is marked `# nosec` with its number. Known vulnerabilities fail, too;
where the advisories cannot be reached, that is said and nothing else.

    python3 .ci/audit.py [CHECKOUT]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

TOOLS = ("bandit==1.9.4", "pip-audit==2.10.1")
SHIPPED = ("core", "workers", "dashboard")
ADVISORIES_S = 300.0


def main(checkout: Path) -> int:
    """Return 1 if anything was found."""
    with tempfile.TemporaryDirectory(prefix="audit-") as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        tools = Path(folder) / "bin"
        subprocess.run([tools / "pip", "install", "--quiet", *TOOLS], check=True)
        scan = [tools / "bandit", "--quiet", "--recursive", "-ll", *SHIPPED]
        unsafe = subprocess.run(scan, cwd=checkout, check=False).returncode
        vulnerable = _vulnerable(tools, checkout / "constraints.txt")
    return int(bool(unsafe or vulnerable))


def _vulnerable(tools: Path, pins: Path) -> bool:
    """Return whether an advisory exists for a pinned version; print which ones."""
    ask = [tools / "pip-audit", "--requirement", pins, "--no-deps", "--disable-pip", "--format=json"]
    try:
        done = subprocess.run(ask, capture_output=True, text=True, timeout=ADVISORIES_S, check=False)
        found = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError) as error:
        print(f"pip-audit: NOT AUDITED, the advisories cannot be reached: {error}")
        return False
    print(*said(found), sep="\n")
    return any(one.get("vulns") for one in found)


def said(found: list[dict[str, Any]]) -> list[str]:
    """Return a line for each vulnerability, and how many packages were judged."""
    judged = [one for one in found if "skip_reason" not in one]
    lines = [
        f"{one['name']} {one['version']}: {risk['id']}, fixed in {risk['fix_versions'] or 'no version'}"
        for one in judged
        for risk in one["vulns"]
    ]
    if len(judged) < len(found):
        lines.append(f"pip-audit: NOT AUDITED, without advisories here: {len(found) - len(judged)} packages")
    risks = sum(len(one["vulns"]) for one in judged)
    return [*lines, f"pip-audit: {len(judged)} packages judged, {risks} known vulnerabilities"]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
