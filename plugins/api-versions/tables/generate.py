#!/usr/bin/env python3
"""Writes ../src/tables.rs. Usage: generate.py kubernetes-api-lifecycle.csv pluto-versions.yaml

Where the sources contradict one another the first wins:
  supplement.csv              beside this file: what the OpenAPI documents of Kubernetes 1.23 to 1.35
                              (kubernetes-sigs/kubectl-validate, Apache-2.0) serve and the others do not know or have wrong,
                              and the deprecations that Kubernetes announced for `v1`
  kubernetes-api-lifecycle    kubernetes/api, its generated lifecycle methods, Apache-2.0
  pluto-versions              FairwindsOps/pluto, Apache-2.0: older built-ins, and other projects
"""

import csv
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent

# What is never written in a manifest: options and answers of requests.
NO_MANIFEST = re.compile(r"Options$|Review$|^(APIGroupDiscovery|Binding|DeploymentRollback|Eviction|FlowControl|List|"
                         r"RangeAllocation|Scale|SerializedReference|TokenRequest)$")

# Where another apiVersion is all that changes, so that a fix may write it. `Selector`: where the object has a selector, which
# newer versions no longer make up. All others do not carry over: fields were renamed, moved, or became required.
WORKLOADS = {"DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"}
SAME = {
    "admissionregistration.k8s.io/v1beta1": {"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"},
    "apiregistration.k8s.io/v1beta1": {"APIService"},
    "apps/v1beta1": {"ControllerRevision"},
    "apps/v1beta2": {"ControllerRevision"},
    "autoscaling/v2beta2": {"HorizontalPodAutoscaler"},
    "batch/v1beta1": {"CronJob"},
    "coordination.k8s.io/v1beta1": {"Lease"},
    "extensions/v1beta1": {"NetworkPolicy"},
    "flowcontrol.apiserver.k8s.io/v1beta1": {"FlowSchema"},
    "flowcontrol.apiserver.k8s.io/v1beta2": {"FlowSchema"},
    "flowcontrol.apiserver.k8s.io/v1beta3": {"FlowSchema", "PriorityLevelConfiguration"},
    "networking.k8s.io/v1beta1": {"IPAddress", "IngressClass", "ServiceCIDR"},
    "node.k8s.io/v1beta1": {"RuntimeClass"},
    "rbac.authorization.k8s.io/v1beta1": {"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"},
    "resource.k8s.io/v1beta2": {"DeviceClass", "ResourceClaim", "ResourceClaimTemplate"},
    "scheduling.k8s.io/v1alpha1": {"PriorityClass"},
    "scheduling.k8s.io/v1beta1": {"PriorityClass"},
    "storage.k8s.io/v1alpha1": {"CSIStorageCapacity", "VolumeAttachment", "VolumeAttributesClass"},
    "storage.k8s.io/v1beta1": {"CSIDriver", "CSINode", "CSIStorageCapacity", "StorageClass", "VolumeAttachment",
                               "VolumeAttributesClass"},
}
# An empty selector of policy/v1beta1 matches nothing, one of policy/v1 everything: only what is not empty carries over.
SELECTOR = {("policy/v1beta1", "PodDisruptionBudget")} | {
    (version, kind) for version in ("apps/v1beta1", "apps/v1beta2", "extensions/v1beta1") for kind in WORKLOADS
}


def minor(version):
    """The number after `1.`; 0 where none is known."""
    return int(version.lstrip("v").split(".")[1]) if version else 0


def group(api_version):
    return api_version.rpartition("/")[0]


def lifecycle(path):
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            # One row upstream names the list of the kind.
            version, _, kind = row["replacement"].partition(" ")
            yield row["apiVersion"], row["kind"], [minor(row[c]) for c in ("introduced", "deprecated", "removed")], version, \
                kind.removesuffix("List") or row["kind"]


def pluto(path):
    """The entries of the list, whose YAML is as simple as this."""
    for item in re.split(r"^\s+- ", path.read_text(), flags=re.M)[1:]:
        item = item.split("target-versions:")[0]
        entry = {key: value.strip('"') for key, value in re.findall(r"^\s*([a-z-]+): *(.*?)\s*$", item, flags=re.M)}
        yield entry


def built_ins(csv_path, entries):
    table = {}
    for source in (HERE / "supplement.csv", csv_path):
        for version, kind, minors, replacement, new_kind in lifecycle(source):
            table.setdefault((version, kind), [*minors, replacement, new_kind])
    for entry in entries:
        key = entry["version"], entry["kind"]
        if entry["component"] == "k8s" and not entry["kind"].endswith("List"):
            removed = minor(entry.get("removed-in"))
            deprecated = minor(entry.get("deprecated-in")) or removed
            row = table.setdefault(key, [0, deprecated, removed, "", key[1]])
            row[3] = row[3] or entry.get("replacement-api", "")
    # What neither source says: the stable version of the same kind.
    for (version, kind), row in table.items():
        stable = group(version) + "/v1", kind
        if row[1] and not row[3] and stable in table and stable[0] != version:
            row[3] = stable[0]
    return {key: row for key, row in table.items() if not NO_MANIFEST.search(key[1])}


def carry(key, row):
    if row[4] != key[1]:
        return "No"
    if key in SELECTOR:
        return "WithSelector"
    return "Yes" if key[1] in SAME.get(key[0], ()) else "No"


def third_party(entries):
    for entry in entries:
        if entry["component"] == "k8s":
            continue
        version, kind, replacement = entry["version"], entry["kind"], entry["replacement-api"]
        if version == "rbac.istio.io":
            # A group without a version, and the plural of a kind of another group: the whole group went.
            kind = ""
        if version.startswith("acme."):
            # The list forgets that the group stays.
            replacement = "acme." + replacement
        if version == "certmanager.k8s.io/v1alpha1" and kind in ("Challenge", "Order"):
            replacement = "acme." + replacement
        yield version, kind, entry["component"], entry["deprecated-in"].lstrip("v"), entry["removed-in"].lstrip("v"), replacement


HEADER = """\
//! Lifecycles of APIs. Generated by `tables/generate.py`; do not edit.
//!
//! Derived from kubernetes/api (generated lifecycle methods), FairwindsOps/pluto (`versions.yaml`) and, in `tables/supplement.csv`,
//! the OpenAPI documents of kubernetes-sigs/kubectl-validate; all Apache-2.0.

use crate::lifecycle::{Api, Carry::*, Other};

/// The kinds of Kubernetes itself, in the order of apiVersion and kind. Versions are minor versions, 0 where none is known.
#[rustfmt::skip]
pub(crate) static KUBERNETES: &[Api] = &[
"""

BETWEEN = """\
];

/// The kinds of other projects; a kind that is empty stands for all of the group or version.
#[rustfmt::skip]
pub(crate) static OTHERS: &[Other] = &[
"""


def main(csv_path, pluto_path):
    entries = list(pluto(pluto_path))
    with open(HERE.parent / "src" / "tables.rs", "w") as out:
        out.write(HEADER)
        table = built_ins(csv_path, entries)
        for key in sorted(table):
            introduced, deprecated, removed, replacement, new_kind = row = table[key]
            out.write(f'    Api::new("{key[0]}", "{key[1]}", {introduced}, {deprecated}, {removed}, "{replacement}", '
                      f'"{new_kind if replacement else ""}", {carry(key, row)}),\n')
        out.write(BETWEEN)
        for row in sorted(set(third_party(entries))):
            out.write("    Other::new(" + ", ".join(f'"{cell}"' for cell in row) + "),\n")
        out.write("];\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*map(pathlib.Path, sys.argv[1:]))
