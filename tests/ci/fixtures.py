"""Pod Security's own fixtures: a pod that passes a level has no finding under it, one that fails has one of the control it is named after.

usage: fixtures.py PLIMSOLL FOLDER     (FOLDER/<level>/v1.NN/{pass,fail}/<control><number>.yaml)
"""

import json
import re
import subprocess
import sys
from pathlib import Path

CONTROLS = {
    "allowprivilegeescalation": ["allow-privilege-escalation"],
    "apparmorprofile": ["apparmor"],
    "capabilities_baseline": ["capabilities-baseline"],
    "capabilities_restricted": ["capabilities-restricted"],
    "hostnamespaces": ["host-pid", "host-ipc", "host-network"],
    "hostpathvolumes": ["host-path"],
    "hostports": ["host-ports"],
    "hostprobesandhostlifecycle": ["host-probes-lifecycle"],
    "privileged": ["privileged"],
    "procmount": ["proc-mount"],
    "procmount_restricted": ["proc-mount-restricted", "proc-mount"],
    "restrictedvolumes": ["volume-types"],
    "runasnonroot": ["run-as-non-root"],
    "runasuser": ["run-as-user"],
    "seccompprofile_baseline": ["seccomp-baseline"],
    "seccompprofile_restricted": ["seccomp-restricted"],
    "selinuxoptions": ["selinux"],
    "sysctls": ["sysctls"],
    "windowshostprocess": ["host-process"],
}


def main():
    plimsoll, folder = str(Path(sys.argv[1]).resolve()), Path(sys.argv[2])
    checked, wrong = 0, []
    for version in sorted(folder.glob("*/v1.*")):
        level, minor = version.parent.name, version.name.removeprefix("v")
        command = [plimsoll, "scan", "--format", "json", "--profile", f"pss-{level}", "--kubernetes-version", minor, version.name]
        run = subprocess.run(command, cwd=version.parent, capture_output=True, text=True)
        report = json.loads(run.stdout)
        wrong += [f"{level} {minor}: fault {fault}" for fault in report["faults"]]
        found = {}
        for finding in report["findings"]:
            found.setdefault(finding["file"].rsplit("/", 2)[-2] + "/" + finding["file"].rsplit("/", 1)[-1], []).append(finding)
        for path in sorted(version.glob("*/*.yaml")):
            checked += 1
            name = f"{path.parent.name}/{path.name}"
            rules = {finding["rule"].removeprefix("pod-security/") for finding in found.get(name, [])}
            if path.parent.name == "pass" and rules:
                wrong.append(f"{level} {minor} {name}: passes, and was found: {sorted(rules)}")
            if path.parent.name == "fail":
                control = re.sub(r"\d+$", "", path.stem)
                if not rules & set(CONTROLS[control]):
                    wrong.append(f"{level} {minor} {name}: fails, and was found: {sorted(rules)}")
    print("\n".join(wrong))
    print(f"{checked - len(wrong)} passed, {len(wrong)} failed")
    sys.exit(1 if wrong or not checked else 0)


main()
