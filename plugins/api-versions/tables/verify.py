#!/usr/bin/env python3
"""Compares ../src/tables.rs with OpenAPI documents. Usage: verify.py FOLDER

FOLDER holds one folder a minor version (1.23, 1.24, ...), as kubernetes-sigs/kubectl-validate has them under
pkg/openapiclient/builtins. Prints every kind that the documents serve and the table does not know or denies, and the other way
round. What is left and harmless: kinds that no document describes, such as alpha APIs that are off.
"""

import json
import pathlib
import re
import sys

ROW = re.compile(r'Api::new\("([^"]+)", "([^"]+)", (\d+), (\d+), (\d+),')


def table():
    text = (pathlib.Path(__file__).parent.parent / "src" / "tables.rs").read_text()
    return {(version, kind): (int(came), int(went)) for version, kind, came, _, went in ROW.findall(text)}


def served(folder):
    """The kinds of one version, each from the document of its own group and version."""
    for path in folder.rglob("*.json"):
        api_version = str(path.relative_to(folder).with_suffix("")).removeprefix("apis/").removeprefix("api/")
        for schema in json.loads(path.read_text()).get("components", {}).get("schemas", {}).values():
            for kind in schema.get("x-kubernetes-group-version-kind", []):
                if "/".join(filter(None, (kind["group"], kind["version"]))) == api_version:
                    yield api_version, kind["kind"]


def main(folder):
    known = table()
    for version in sorted(folder.iterdir()):
        minor = int(version.name.split(".")[1])
        here = set(served(version))
        for row in sorted(here | set(known)):
            came, went = known.get(row, (0, 0))
            expected = row in known and came <= minor and (not went or minor < went)
            if expected != (row in here) and not re.search(r"(List|Options|Review|Status|Event)$|^(Scale|Eviction|Binding)$", row[1]):
                print(version.name, *row, "is served" if row in here else "is not served")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
