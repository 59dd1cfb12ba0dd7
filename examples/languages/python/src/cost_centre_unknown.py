"""acme-labels/cost-centre-unknown"""

from typing import Any

from plimsoll import KubernetesObject, Problem, Report

COST_CENTRE = "acme.example/cost-centre"


def parameters(given: Any) -> list[str]:
    """Those that finance knows; nothing is found without any."""
    given = given or {}
    for key in given:
        if key != "allowed":
            raise Problem(f"/{key}", f"unknown field `{key}`, expected `allowed`")
    allowed = given.get("allowed", [])
    if not isinstance(allowed, list):
        raise Problem("/allowed", "write a list of cost centres, each as text")
    for position, one in enumerate(allowed):
        if not isinstance(one, str):
            raise Problem(f"/allowed/{position}", "write a list of cost centres, each as text")
    return allowed


def check(object: KubernetesObject, report: Report) -> None:
    allowed: list[str] = report.parameters
    label = object.labels.get(COST_CENTRE)
    if not allowed or label.string in allowed:
        return
    if label.string:
        wrong = f'finance does not know the cost centre "{label.string}"'
    else:
        wrong = f'{object.kind} "{object.name}" has no cost centre'
    report.at(label, f"{wrong}; set the label `{COST_CENTRE}` to one of {', '.join(allowed)}")
