"""Follows the README's tutorial in a fresh clone, as it is written, and prints how long each step takes.

usage: tutorial.py REPOSITORY

Everything after the first build has to be done in eight minutes.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

LIMIT = 8 * 60


def steps(readme: str) -> list[str]:
    """The commands of the section, each with the lines that continue it."""
    section = readme.split("\n## Write a rule\n", 1)[1].split("\n## ", 1)[0]
    found: list[str] = []
    for block in section.split("\n```console\n")[1:]:
        for line in block.split("\n```", 1)[0].splitlines():
            if line.startswith("$ "):
                found.append(line[2:])
            elif found and (line == ">" or line.startswith("> ")):
                found[-1] += "\n" + line[2:]
    return found


def timed(command: str, folder: pathlib.Path, env: dict[str, str]) -> float:
    begun = time.monotonic()
    ended = subprocess.run(["bash", "-c", command], cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    took = time.monotonic() - begun
    print(f"{took:7.1f} s  {command.splitlines()[0]}", flush=True)
    if ended.returncode != 0:
        sys.exit(f"{ended.stdout}\nthis step of the tutorial ended with {ended.returncode}")
    return took


def main() -> None:
    with tempfile.TemporaryDirectory() as work:
        clone = pathlib.Path(work, "plimsoll")
        subprocess.run(["git", "clone", "--quiet", sys.argv[1], clone], check=True)
        env = {name: value for name, value in os.environ.items() if not name.startswith("CARGO_TARGET")}
        env["PATH"] = f"{clone / 'target/debug'}:{env['PATH']}"
        env["PLIMSOLL_CACHE_DIR"] = str(pathlib.Path(work, "cache"))
        first = timed("make demo", clone, env)

        folder, total = pathlib.Path(work, "work"), 0.0
        folder.mkdir()
        for command in steps((clone / "README.md").read_text()):
            if command.startswith("cd "):
                folder /= command[3:]
            else:
                total += timed(command, folder, env)
        results = json.loads((folder / "plimsoll.sarif").read_text())["runs"][0]["results"]
        found = [result["ruleId"] for result in results]
        assert found == ["acme/owner-missing"], found
        print(f"{first:7.1f} s  for the first build, and {total:.1f} s from nothing to a finding of a rule of one's own in SARIF")
        if total > LIMIT:
            sys.exit(f"that is more than {LIMIT} s")


main()
