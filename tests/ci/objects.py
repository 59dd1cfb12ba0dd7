"""`plimsoll objects` gives the objects that Kubernetes' own code gives: the same values from the same files, and nothing where that refuses.

usage: objects.py PLIMSOLL ORACLE FOLDER…     (ORACLE is tests/oracle, built)
"""

import json
import subprocess
import sys
import threading
from pathlib import Path


def number(text):
    """Numbers are compared as numbers: 1.0 is 1, and what no int64 holds is a float."""
    return int(text) if text.lstrip("-").isdigit() and -(2**63) <= int(text) < 2**63 else f"{float(text):.17g}" if float(text) % 1 or abs(float(text)) >= 2**63 else int(float(text))


def objects(lines, root):
    """File → the JSON of its objects, keys sorted."""
    found = {}
    for line in filter(None, lines.split("\n")):
        entry = json.loads(line, parse_int=number, parse_float=number)
        name = str((root / entry["file"]).resolve())
        found.setdefault(name, []).append(json.dumps(entry["object"], sort_keys=True))
    return found


def main():
    plimsoll, oracle, folders = str(Path(sys.argv[1]).resolve()), str(Path(sys.argv[2]).resolve()), sys.argv[3:]
    compared, wrong = 0, []
    for folder in map(Path, folders):
        folder = folder.resolve()
        files = sorted(str(path) for ending in ("yaml", "yml", "json") for path in folder.rglob(f"*.{ending}") if path.is_file())
        # Named one by one, so that no ignore file and no heuristic for folders stands between.
        ours = subprocess.run([plimsoll, "objects", *files], cwd=folder, capture_output=True, text=True)
        if ours.returncode not in (0, 3):
            sys.exit(f"plimsoll objects: exit {ours.returncode}: {ours.stderr}")
        top = subprocess.run(["git", "rev-parse", "--show-toplevel"], cwd=folder, capture_output=True, text=True)
        root = Path(top.stdout.strip()) if top.returncode == 0 else folder
        ours = objects(ours.stdout, root)
        theirs = subprocess.run([oracle, "-objects"], input="\n".join(files), capture_output=True, text=True, check=True)
        theirs = objects(theirs.stdout, root)
        for file in files:
            compared += 1
            if ours.get(file, []) != theirs.get(file, []):
                wrong.append(f"{file}\n  ours:   {ours.get(file, [])}\n  theirs: {theirs.get(file, [])}"[:1500])
    print("\n".join(wrong))
    print(f"{compared - len(wrong)} passed, {len(wrong)} failed")
    RESULT.append(1 if wrong or compared < 200 else 0)


# Some oddities are nested ten thousand deep, and Python's reader of JSON goes down step by step.
RESULT = []
sys.setrecursionlimit(200_000)
threading.stack_size(1 << 29)
thread = threading.Thread(target=main)
thread.start()
thread.join()
sys.exit(RESULT[0] if RESULT else 1)
