"""schemathesis against the sandbox: every verb of the entities with the fewest filters, and of bookings.

Prints a line `ok|failed TAB step TAB detail` of each step, as `cargo xtask interop` reads it.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

URL, DOCUMENT, ENTITIES = sys.argv[1] + "/api", sys.argv[2], int(sys.argv[3])
HERE = Path(__file__).parent
FAILED = []

# Random requests of each operation. The phase `coverage` adds one for each property and constraint, which are far more.
EXAMPLES = "2"

# Left out, and why. All other checks of the release are on.
LEFT_OUT = {
    "stateful": "Its scenarios need links between operations, and the document has none.",
}


def step(name, ok, detail=""):
    if not ok:
        FAILED.append(name)
    print("ok" if ok else "failed", name, str(detail).replace("\n", " ")[:600], sep="\t", flush=True)


def entities(document):
    """Paths of entities that have all five verbs: those with the fewest parameters, and bookings."""
    full = {}
    for path, methods in document["paths"].items():
        one = document["paths"].get(path + "/{id}", {})
        if {"get", "post", "put"} <= methods.keys() and {"get", "delete"} <= one.keys():
            full[path] = len(methods["get"]["parameters"])
    return sorted(full, key=lambda path: (full[path], path))[: ENTITIES - 1] + ["/spaces/bookings"]


def main():
    document = json.loads(Path(DOCUMENT).read_text(encoding="utf-8"))
    paths = entities(document)
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        env = os.environ | {
            "NEXUDUS_API": URL,
            "NEXUDUS_DOCUMENT": DOCUMENT,
            "NEXUDUS_RESULT": str(result),
            "SCHEMATHESIS_HOOKS": str(HERE / "contract_hooks.py"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [
            *[str(Path(sys.executable).parent / "schemathesis"), "run", DOCUMENT, "--url", URL],
            *["--header", "Authorization: Bearer sandbox-token"],
            *["--include-path-regex", "^(" + "|".join(map(re.escape, paths)) + ")(/|$)|^/auth/me|^/utils/enums"],
            *["--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES, "--seed", "1", "--workers", "1"],
            *["--continue-on-failure", "--suppress-health-check", "all", "--no-color"],
        ]
        done = subprocess.run(command, env=env, cwd=folder, text=True, capture_output=True)
        told = json.loads(result.read_text(encoding="utf-8")) if result.exists() else {}
    cases = re.search(r"(\d+) generated", done.stdout)
    step("no violation", done.returncode == 0, f"{cases and cases[1]} cases, {EXAMPLES} random ones an operation" if done.returncode == 0 else done.stdout[-600:])
    answered = told.get("answered", {})
    silent = []
    for path in paths:
        for call in (f"GET {path}", f"POST {path}", f"PUT {path}", f"GET {path}/{{id}}", f"DELETE {path}/{{id}}"):
            if not answered.get(call, {}).get("200"):
                silent.append(call)
    step(
        f"all five verbs of {len(paths)} entities succeed at times",
        not silent,
        ", ".join(silent) or f"{sum(sum(one.values()) for one in answered.values())} requests of {len(answered)} operations",
    )
    for reason, times in sorted(told.get("used", {}).items()):
        step(f"not counted: {reason}, {times} times", True, told["reasons"][reason])
    for phase, reason in LEFT_OUT.items():
        step(f"left out: {phase}", True, reason)
    print("with", "schemathesis", version("schemathesis"), sep="\t")
    if FAILED:
        print(done.stdout, done.stderr, file=sys.stderr)
    sys.exit(1 if FAILED else 0)


main()
