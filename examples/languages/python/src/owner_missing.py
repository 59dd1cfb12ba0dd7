"""acme-labels/owner-missing"""

from plimsoll import Edit, KubernetesObject, Report

OWNER = "acme.example/owner"


def check(object: KubernetesObject, report: Report) -> None:
    owner = object.labels.get(OWNER)
    if owner.string:
        return
    finding = report.at(owner, f'{object.kind} "{object.name}" has no owner; add the label `{OWNER}`')
    for pod in object.pods:
        for container in pod.containers:
            image = container.get("image")
            if image.string:
                finding.related(image, f"nobody answers for {image.string}")
    of_pods = next((label.string for pod in object.pods if (label := pod.labels.get(OWNER)).string), None)
    if of_pods:
        finding.fix(Edit.set(owner, of_pods))
