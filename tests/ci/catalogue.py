"""The rules of the packs are those of the catalogue: id, level, profile and the names elsewhere.

usage: catalogue.py PLIMSOLL RULES.CSV
"""

import csv
import json
import subprocess
import sys


def main():
    plimsoll, catalogue = sys.argv[1:]
    listed = subprocess.run([plimsoll, "rules", "--format", "json"], capture_output=True, text=True, check=True).stdout
    # The host's own rules are about suppressions, which no catalogue of manifests knows.
    rules = {rule["id"]: rule for rule in json.loads(listed) if rule["plugin"] != "suppressions"}
    packs = {rule["plugin"] for rule in rules.values()}
    wrong = []
    with open(catalogue, newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file) if row["id"].split("/")[0] in packs}
    wrong += [f"{missing}: is in the catalogue only" for missing in rows.keys() - rules.keys()]
    wrong += [f"{extra}: is not in the catalogue" for extra in rules.keys() - rows.keys()]
    for id in rows.keys() & rules.keys():
        row, rule = rows[id], rules[id]
        for theirs, ours in [("level", rule["level"]), ("profile", rule["profile"])]:
            if row[theirs] != ours:
                wrong.append(f"{id}: {theirs} is {ours}, and {row[theirs]} in the catalogue")
        names = {name for name in row["equivalents"].replace(",", " ").split() if name != "none"}
        told = {part for name in rule["equivalents"] for part in name.replace(",", " ").split()}
        # A scanner's second and later names stand without its letters in the catalogue.
        bare = lambda name: name.split(":", 1)[-1]
        if {bare(name) for name in names} != {bare(name) for name in told}:
            wrong.append(f"{id}: equivalents are {sorted(told)}, and {sorted(names)} in the catalogue")
        if (row["needs_other_manifests"] == "yes") != (rule["looksAt"] == "set"):
            wrong.append(f"{id}: looks at an {rule['looksAt']}")
    print("\n".join(sorted(wrong)))
    print(f"{len(rows) - len(wrong)} passed, {len(wrong)} failed")
    sys.exit(1 if wrong or not rows else 0)


main()
