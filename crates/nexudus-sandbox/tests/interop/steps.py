"""What the Python clients tell `cargo xtask interop`: a line `ok|failed TAB step TAB detail` of each step."""

import sys
from pathlib import Path
from urllib.request import Request, urlopen

FAILED = []


def step(name, run):
    try:
        detail, ok = run() or "", True
    except Exception as error:  # whatever goes wrong is what has to be told
        detail, ok = f"{type(error).__name__}: {error}", False
        FAILED.append(name)
    print("ok" if ok else "failed", name, str(detail).replace("\n", " ")[:300], sep="\t")


def same(have, want):
    assert have == want, f"{have!r} instead of {want!r}"


def seed():
    fixture = Path(__file__).with_name("fixture.json").read_bytes()
    urlopen(Request(sys.argv[1] + "/__sandbox/seed", fixture, {"Content-Type": "application/json"}))


def end():
    print("with", "Python", sys.version.split()[0], sep="\t")
    sys.exit(1 if FAILED else 0)
