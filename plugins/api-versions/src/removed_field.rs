//! `api-versions/removed-field`

use plimsoll_sdk::prelude::*;
use serde_json::json;

/// A volume type that Kubernetes once had built in.
struct Volume {
    field: &'static str,
    /// The minor version without it.
    gone: u16,
    /// The CSI driver to which Kubernetes hands the volume since then; none where it does nothing.
    driver: Option<&'static str>,
}

// What no longer works: `pkg/api/pod/warnings.go` of kubernetes/kubernetes. What is handed to a driver: the field descriptions of the API,
// and kubernetes/kubernetes#115838 (EBS), #116301 (Azure Disk), #122576 (Azure File), #122090 (vSphere), #135322 (Portworx).
const VOLUMES: &[Volume] = &[
    Volume { field: "awsElasticBlockStore", gone: 27, driver: Some("ebs.csi.aws.com") },
    Volume { field: "azureDisk", gone: 27, driver: Some("disk.csi.azure.com") },
    Volume { field: "azureFile", gone: 30, driver: Some("file.csi.azure.com") },
    Volume { field: "cephfs", gone: 31, driver: None },
    Volume { field: "cinder", gone: 26, driver: Some("cinder.csi.openstack.org") },
    Volume { field: "flocker", gone: 25, driver: None },
    Volume { field: "gcePersistentDisk", gone: 28, driver: Some("pd.csi.storage.gke.io") },
    // Off unless a feature gate turns it on from 1.33, for good from 1.36: KEP-5040.
    Volume { field: "gitRepo", gone: 33, driver: None },
    Volume { field: "glusterfs", gone: 26, driver: None },
    Volume { field: "photonPersistentDisk", gone: 16, driver: None },
    Volume { field: "portworxVolume", gone: 36, driver: Some("pxd.portworx.com") },
    Volume { field: "quobyte", gone: 25, driver: None },
    Volume { field: "rbd", gone: 31, driver: None },
    Volume { field: "scaleIO", gone: 22, driver: None },
    Volume { field: "storageos", gone: 25, driver: None },
    Volume { field: "vsphereVolume", gone: 30, driver: Some("csi.vsphere.vmware.com") },
];

/// An annotation of pods that Kubernetes does not read any more: key, the first version that ignores it, what to write.
const IGNORED: &[(&str, u16, &str)] = &[
    ("pod.beta.kubernetes.io/init-containers", 8, "`initContainers`"),
    ("scheduler.alpha.kubernetes.io/critical-pod", 16, "`priorityClassName`"),
    ("security.alpha.kubernetes.io/sysctls", 11, "`securityContext.sysctls`"),
    ("security.alpha.kubernetes.io/unsafe-sysctls", 11, "`securityContext.sysctls`"),
];

const INGRESS_CLASS: &str = "kubernetes.io/ingress.class";
const STORAGE_CLASS: &str = "volume.beta.kubernetes.io/storage-class";
const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";
const APPARMOR_CONTAINER: &str = "container.apparmor.security.beta.kubernetes.io/";

/// The rule.
pub const RULE: Rule = Rule {
    id: "removed-field",
    summary: "Field or annotation that the target version ignores, or has replaced",
    kinds: &[
        "@pods",
        "networking.k8s.io/Ingress",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "StatefulSet",
    ],
    docs: r#"
An API version that is gone fails loudly. A field that is gone is worse: the object applies and means less than it says. A pod whose
seccomp profile stands in an annotation has run without that profile since Kubernetes 1.27. A pod with a `glusterfs` volume waits in
`ContainerCreating` for a plugin that left in 1.26.

| written | since | write |
| --- | --- | --- |
| annotation `kubernetes.io/ingress.class` | 1.19 | `spec.ingressClassName` |
| annotation `volume.beta.kubernetes.io/storage-class` | 1.8 | `spec.storageClassName` |
| annotations of alpha seccomp | ignored since 1.27 | `securityContext.seccompProfile` |
| annotations of beta AppArmor | 1.30 | `securityContext.appArmorProfile` |
| annotations for sysctls, critical pods, init containers | ignored since 1.11, 1.16, 1.8 | their fields |
| `flocker`, `quobyte`, `storageos`, `glusterfs`, `cephfs`, `rbd`, `scaleIO`, `photonPersistentDisk`, `gitRepo` | 1.25, 1.25, 1.25, 1.26, 1.31, 1.31, 1.22, 1.16, 1.33 | a CSI driver; for `gitRepo` an init container |
| `awsElasticBlockStore`, `azureDisk`, `azureFile`, `cinder`, `gcePersistentDisk`, `portworxVolume`, `vsphereVolume` | 1.27, 1.27, 1.30, 1.26, 1.28, 1.36, 1.30 | `csi`, whose driver must be installed |

For annotations the fix writes the field and takes the annotation away; look at the value of a changed `ingressClassName`, which must be
the name of an IngressClass. An annotation beside the field that replaced it is left alone, for clusters of both kinds.

No other scanner checks this; the API server warns about part of it, once the manifest is on its way. GKE's own classes `gce` and
`gce-internal` are read from the annotation to this day, and pass.

Suppress it where an old ingress controller knows only the annotation.

```yaml fails
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { annotations: { kubernetes.io/ingress.class: nginx } }
```
```yaml fails
kind: Deployment
spec:
  template:
    metadata: { annotations: { container.apparmor.security.beta.kubernetes.io/api: runtime/default } }
    spec: { containers: [{ name: api, image: "api:1" }] }
```
```yaml fails kubernetes=1.27
kind: Pod
metadata: { annotations: { seccomp.security.alpha.kubernetes.io/pod: runtime/default } }
spec: { containers: [{ name: api, image: "api:1" }] }
```
```yaml fails
kind: PersistentVolume
spec: { cephfs: { monitors: ["10.0.0.1:6789"] } }
```
```yaml fails
kind: StatefulSet
spec:
  volumeClaimTemplates:
    - { metadata: { name: data, annotations: { volume.beta.kubernetes.io/storage-class: fast } }, spec: {} }
```
```yaml passes
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { annotations: { kubernetes.io/ingress.class: gce } }
---
kind: Pod
metadata: { annotations: { container.apparmor.security.beta.kubernetes.io/api: runtime/default } }
spec:
  securityContext: { appArmorProfile: { type: RuntimeDefault } }
  containers: [{ name: api, image: "api:1" }]
  volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]
```
```yaml passes kubernetes=1.25
kind: Pod
metadata: { annotations: { seccomp.security.alpha.kubernetes.io/pod: runtime/default } }
spec: { containers: [{ name: api, image: "api:1" }], volumes: [{ name: data, glusterfs: { path: a } }] }
```"#,
    check: |object, report| {
        for pod in object.pods() {
            check_annotations(pod, report);
            pod.get("volumes").items().for_each(|volume| check_volume(volume, report));
        }
        match object.kind() {
            "Ingress" => {
                check_class(object.root(), INGRESS_CLASS, "ingressClassName", Kubernetes::v1(19), report)
            }
            "PersistentVolumeClaim" => {
                check_class(object.root(), STORAGE_CLASS, "storageClassName", Kubernetes::v1(8), report)
            }
            "PersistentVolume" => {
                check_volume(object.get("spec"), report);
                check_class(object.root(), STORAGE_CLASS, "storageClassName", Kubernetes::v1(8), report);
            }
            "StatefulSet" => {
                for claim in object.at(&["spec", "volumeClaimTemplates"]).items() {
                    check_class(claim, STORAGE_CLASS, "storageClassName", Kubernetes::v1(8), report);
                }
            }
            _ => {}
        }
    },
    security_severity: 40,
    ..Rule::DEFAULT
};

/// A class that stands in an annotation and has become a field of the spec.
fn check_class<'a>(
    object: Node<'a>,
    key: &'static str,
    field: &'static str,
    since: Kubernetes,
    report: &mut Report<'a>,
) {
    let annotation = object.at(&["metadata", "annotations"]).get(key);
    let replacement = object.get("spec").get(field);
    let is_google = key == INGRESS_CLASS && matches!(annotation.str(), "gce" | "gce-internal");
    if annotation.str().is_empty() || is_google || report.kubernetes() < since {
        return;
    }
    if replacement.is_set() {
        // The API server refuses an Ingress that has both.
        if key == INGRESS_CLASS {
            report
                .at(annotation, format!("this Ingress cannot be created with both this annotation and `{field}`; remove the annotation"))
                .fix(Edit::remove(annotation));
        }
        return;
    }
    let class = annotation.str();
    report
        .at(
            annotation,
            format!("this annotation has been replaced by a field; write `{field}: {class}` in the spec"),
        )
        .fix(Edit::remove(annotation))
        .fix(Edit::set(replacement, class));
}

fn check_volume<'a>(volume: Node<'a>, report: &mut Report<'a>) {
    let target = report.kubernetes();
    for kind in VOLUMES.iter().filter(|kind| Kubernetes::v1(kind.gone) <= target) {
        let source = volume.get(kind.field);
        if source.is_set() {
            let (field, gone) = (kind.field, Kubernetes::v1(kind.gone));
            let message = match kind.driver {
                Some(driver) => format!(
                    "Kubernetes {gone} removed `{field}` and hands it to the driver \"{driver}\", which must be installed; write `csi`"
                ),
                None if field == "gitRepo" => {
                    format!(
                        "`gitRepo` is off since Kubernetes {gone}; clone into an `emptyDir` in an init container"
                    )
                }
                None => format!(
                    "Kubernetes {gone} removed `{field}`, and the volume will not be mounted; use a CSI driver"
                ),
            };
            report.at(source, message);
        }
    }
}

fn check_annotations<'a>(pod: Pod<'a>, report: &mut Report<'a>) {
    let target = report.kubernetes();
    for (key, annotation) in pod.annotations().entries() {
        if let Some((_, since, instead)) =
            IGNORED.iter().find(|(ignored, since, _)| *ignored == key && Kubernetes::v1(*since) <= target)
        {
            let since = Kubernetes::v1(*since);
            report
                .at(annotation, format!("Kubernetes ignores this annotation since {since}; write {instead}"));
        } else if target >= Kubernetes::v1(27) && key == SECCOMP_POD {
            let context = pod.get("securityContext");
            check_profile(
                annotation,
                &[context],
                context,
                "seccompProfile",
                "Kubernetes ignores it since 1.27",
                report,
            );
        } else if let Some(name) =
            key.strip_prefix(SECCOMP_CONTAINER).filter(|_| target >= Kubernetes::v1(27))
        {
            let Some(context) = context_of(pod, name) else { continue };
            check_profile(
                annotation,
                &[context],
                context,
                "seccompProfile",
                "Kubernetes ignores it since 1.27",
                report,
            );
        } else if let Some(name) =
            key.strip_prefix(APPARMOR_CONTAINER).filter(|_| target >= Kubernetes::v1(30))
        {
            let Some(context) = context_of(pod, name) else { continue };
            let contexts = [context, pod.get("securityContext")];
            check_profile(
                annotation,
                &contexts,
                context,
                "appArmorProfile",
                "it is deprecated since 1.30",
                report,
            );
        }
    }
}

fn context_of<'a>(pod: Pod<'a>, container: &str) -> Option<Node<'a>> {
    Some(pod.all_containers().find(|known| known.name() == container)?.security_context())
}

/// A security profile in an annotation, unless the field that replaced it says something too.
fn check_profile<'a>(
    annotation: Node<'a>,
    contexts: &[Node<'a>],
    write_to: Node<'a>,
    field: &'static str,
    why: &str,
    report: &mut Report<'a>,
) {
    if annotation.str().is_empty() || contexts.iter().any(|context| context.get(field).is_set()) {
        return;
    }
    let finding = report.at(
        annotation,
        format!("a field has replaced this annotation, and {why}; write `securityContext.{field}`"),
    );
    let profile = match annotation.str() {
        "runtime/default" | "docker/default" => json!({ "type": "RuntimeDefault" }),
        "unconfined" => json!({ "type": "Unconfined" }),
        other => match other.strip_prefix("localhost/") {
            Some(name) => json!({ "type": "Localhost", "localhostProfile": name }),
            None => return,
        },
    };
    finding.fix(Edit::set(write_to.get(field), profile)).fix(Edit::remove(annotation));
}
