//! `images/known-vulnerable-version`

use plimsoll_sdk::prelude::*;
use serde::Deserialize;

use crate::glob::covers;
use crate::reference::{Reference, references};
use crate::version::Version;

/// A component that runs with power over the cluster, and what is known against versions of it.
struct Component {
    name: &'static str,
    is_it: fn(&Reference<'_>) -> bool,
    flaws: &'static [Flaw],
    /// Since when nobody mends it, and what to do, if so.
    end_of_life: Option<EndOfLife>,
}

struct EndOfLife {
    what: &'static str,
    /// Whether the image is the one of the project, not a rebuild that somebody else may maintain.
    is_upstream: fn(&Reference<'_>) -> bool,
}

struct Flaw {
    cve: &'static str,
    /// From, inclusive, to the version that mends it.
    ranges: &'static [(Version, Version)],
}

const FIRST: Version = Version::before(0, 0, 0);

const fn v(major: u32, minor: u32, patch: u32) -> Version {
    Version::new(major, minor, patch)
}

const fn pre(major: u32, minor: u32, patch: u32) -> Version {
    Version::before(major, minor, patch)
}

const COMPONENTS: &[Component] = &[
    Component {
        name: "Argo CD",
        is_it: |image| matches!(image.image.name(), "argocd" | "argo-cd"),
        flaws: &[
            // GHSA-786q-9hcg-v9ff: project tokens read the credentials of repositories.
            Flaw {
                cve: "CVE-2025-55190",
                ranges: &[
                    (v(2, 13, 0), v(2, 13, 9)),
                    (v(2, 14, 0), v(2, 14, 16)),
                    (pre(3, 0, 0), v(3, 0, 14)),
                    (pre(3, 1, 0), v(3, 1, 2)),
                ],
            },
            // GHSA-r642-gv9p-2wjj: trusts the claims of any token where anonymous access is on.
            Flaw {
                cve: "CVE-2022-29165",
                ranges: &[(v(1, 4, 0), v(2, 1, 15)), (v(2, 2, 0), v(2, 2, 9)), (v(2, 3, 0), v(2, 3, 4))],
            },
            // GHSA-63qx-x74g-jcr7: a chart reads files of the repository server.
            Flaw { cve: "CVE-2022-24348", ranges: &[(FIRST, v(2, 1, 9)), (v(2, 2, 0), v(2, 2, 4))] },
        ],
        end_of_life: None,
    },
    Component {
        name: "Grafana",
        is_it: |image| matches!(image.image.name(), "grafana" | "grafana-oss" | "grafana-enterprise"),
        flaws: &[
            // GHSA-vqc4-mpj8-jxch: a race hands one request the rights of another.
            Flaw { cve: "CVE-2022-39328", ranges: &[(v(9, 2, 0), v(9, 2, 4))] },
            // GHSA-8pjx-jj86-j47p: reads any file, without a login; exploited widely.
            Flaw {
                cve: "CVE-2021-43798",
                ranges: &[
                    (pre(8, 0, 0), v(8, 0, 7)),
                    (v(8, 1, 0), v(8, 1, 8)),
                    (v(8, 2, 0), v(8, 2, 7)),
                    (v(8, 3, 0), v(8, 3, 1)),
                ],
            },
        ],
        end_of_life: None,
    },
    Component {
        name: "Kyverno",
        is_it: |image| image.image.name() == "kyverno",
        flaws: &[
            // GHSA-8p9x-46gm-qfx2: a Policy of one namespace acts with Kyverno's rights on all.
            Flaw { cve: "CVE-2026-22039", ranges: &[(FIRST, v(1, 15, 3)), (pre(1, 16, 0), v(1, 16, 3))] },
            // GO-2022-1180: a malicious registry passes signature verification.
            Flaw { cve: "CVE-2022-47633", ranges: &[(v(1, 8, 3), v(1, 8, 5))] },
        ],
        end_of_life: None,
    },
    Component {
        name: "ingress-nginx",
        is_it: |image| {
            is_ingress_nginx(image)
                || matches!(image.image.name(), "nginx-ingress-controller" | "ingress-nginx-controller")
        },
        flaws: &[
            // GHSA-mgvx-rpfc-9mpv, IngressNightmare: anyone on the pod network runs code in the controller.
            Flaw { cve: "CVE-2025-1974", ranges: &[(FIRST, v(1, 11, 5)), (pre(1, 12, 0), v(1, 12, 1))] },
            // kubernetes/kubernetes#137560: `rewrite-target` injects configuration.
            Flaw { cve: "CVE-2026-3288", ranges: &[(FIRST, v(1, 13, 8)), (v(1, 14, 0), v(1, 14, 4))] },
        ],
        // https://kubernetes.io/blog/2025/11/11/ingress-nginx-retirement/
        end_of_life: Some(EndOfLife {
            what: "ended in March 2026 and gets no security fixes; move to a Gateway API implementation or another ingress controller",
            is_upstream: is_ingress_nginx,
        }),
    },
];

fn is_ingress_nginx(reference: &Reference<'_>) -> bool {
    let repository = reference.image.repository;
    [
        "ingress-nginx/controller",
        "ingress-nginx/controller-chroot",
        "kubernetes-ingress-controller/nginx-ingress-controller",
    ]
    .iter()
    .any(|known| {
        repository == *known || repository.strip_suffix(known).is_some_and(|before| before.ends_with('/'))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
struct Known {
    /// Whether a project that has ended is a finding, whatever the version.
    end_of_life: bool,
    /// What else is known.
    extra: Vec<Extra>,
}

impl Default for Known {
    fn default() -> Self {
        Self { end_of_life: true, extra: Vec::new() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Extra {
    /// Pattern for the full name of the image.
    image: String,
    /// The first version concerned; all, if it is missing.
    from: Option<Version>,
    /// The version that mends it.
    fixed: Version,
    /// What to call it: a CVE, or a link.
    id: String,
}

/// The rule.
pub const RULE: Rule = Rule {
    id: "known-vulnerable-version",
    summary: "Component with power over the cluster in a version with a known way in",
    level: Level::Error,
    kinds: PODS,
    docs: r#"
Some components hold the keys to a whole cluster, so one old tag is enough. With ingress-nginx before 1.11.5 anyone who reaches the pod
network can run code in the controller and read every Secret (CVE-2025-1974); with Kyverno before 1.15.3 the owner of one namespace
acts on all of them (CVE-2026-22039); Grafana 8.3.0 hands its files to anyone who asks (CVE-2021-43798).

Upgrade to the version in the message. It is the next one that none of the entries below covers, not the newest: prefer that.

| component | affected | |
| --- | --- | --- |
| Argo CD | before 2.1.15, 2.2.9, 2.3.4; 2.13 before 2.13.9, 2.14 before 2.14.16, 3.0 before 3.0.14, 3.1 before 3.1.2 | CVE-2022-24348, CVE-2022-29165, CVE-2025-55190 |
| Grafana | 8.0 before 8.0.7, 8.1 before 8.1.8, 8.2 before 8.2.7, 8.3.0; 9.2 before 9.2.4 | CVE-2021-43798, CVE-2022-39328 |
| Kyverno | before 1.15.3, 1.16 before 1.16.3 | CVE-2022-47633, CVE-2026-22039 |
| ingress-nginx | every version: the project ended in March 2026 | CVE-2025-1974, CVE-2026-3288 |
| `subPath` on a writable volume | Kubernetes before 1.19 | CVE-2021-25741 |

This is no vulnerability scanner; it knows a few famous doors. Add your own, and switch off what you have a plan for:
`{"endOfLife":false,"extra":[{"image":"ghcr.io/acme/gate","fixed":"2.0.1","id":"ACME-7"}]}`.

Where scanners differ: Kubescape looks at Deployments only and fails to read `v2.1.8@sha256:…`; Datree reports every `subPath`, on any
cluster. F5's own NGINX ingress controller is another project and passes; so does a rebuild of ingress-nginx at a version without an entry.
A tag such as `1.11` moves and is not judged; nor is an image that names only a digest.

Suppress it while an upgrade is on its way, with the date by which it will be done.

```yaml fails
kind: Deployment
spec: { template: { spec: { containers: [{ name: argocd-server, image: "quay.io/argoproj/argocd:v2.14.2@sha256:00" }] } } }
```
```yaml fails
kind: DaemonSet
spec: { template: { spec: { containers: [{ name: controller, image: "registry.k8s.io/ingress-nginx/controller:v1.15.1" }] } } }
```
```yaml fails parameters={"extra":[{"image":"ghcr.io/acme/gate","from":"1.2.0","fixed":"2.0.1","id":"ACME-7"}]}
kind: Pod
spec: { containers: [{ name: gate, image: "ghcr.io/acme/gate:2.0.1-rc1" }] }
```
```yaml fails kubernetes=1.18
kind: Pod
spec:
  containers: [{ name: api, image: "api:1", volumeMounts: [{ name: data, mountPath: /data, subPath: api }] }]
  volumes: [{ name: data, emptyDir: {} }]
```
```yaml passes
kind: Pod
spec:
  containers:
    - { name: grafana, image: "grafana/grafana:12.4.1-ubuntu" }
    - { name: kyverno, image: "reg.kyverno.io/kyverno/kyverno:v1.19.2" }
    - { name: ingress, image: "nginx/nginx-ingress:1.11.0" }
    - { name: api, image: "api:1", volumeMounts: [{ name: data, mountPath: /data, subPath: api }] }
  volumes: [{ name: data, emptyDir: {} }]
```
```yaml passes parameters={"endOfLife":false}
kind: Pod
spec: { containers: [{ name: controller, image: "registry.k8s.io/ingress-nginx/controller:v1.15.1" }] }
```"#,
    check: |object, report| {
        let known = report.parameters::<Known>();
        for pod in object.pods() {
            for reference in references(pod) {
                if let Some(why) = what_is_known(&reference, known) {
                    report.at(reference.node, format!("{}: {why}", reference.sentence()));
                }
            }
            // From 1.19 on, patches mend it (1.19.15, 1.20.11, 1.21.5, 1.22.2), and a minor version does not tell.
            if report.kubernetes() < Kubernetes::v1(19) {
                report_sub_paths(pod, report);
            }
        }
    },
    security_severity: 80,
    cwe: &[1395],
    equivalents: &[
        "KU:C-0058",
        "KU:C-0081",
        "KU:C-0090",
        "KU:C-0091",
        "KU:C-0292",
        "DT:CONTAINER_CVE2021_25741_INCORRECT_SUBPATH_KEY",
        "KY:check-ingress-nginx-controller-version-and-annotation-policy",
    ],
    parameters: Parameters::of::<Known>(),
    ..Rule::DEFAULT
};

fn what_is_known(reference: &Reference<'_>, known: &Known) -> Option<String> {
    let version = reference.image.tag.and_then(Version::parse);
    if let Some(version) = version
        && let Some(extra) = known.extra.iter().find(|extra| extra.concerns(reference, version))
    {
        return Some(format!("{} is fixed in {}; upgrade", extra.id, extra.fixed));
    }
    let component = COMPONENTS.iter().find(|component| (component.is_it)(reference))?;
    let name = component.name;
    let end = component.end_of_life.as_ref().filter(|end| known.end_of_life && (end.is_upstream)(reference));
    let cves = version.map(|version| component.cves(version)).filter(|cves| !cves.is_empty());
    match (cves, version, end) {
        (Some(cves), _, Some(end)) => {
            Some(format!("this version of {name} has {cves}, and the project {}", end.what))
        }
        (Some(cves), Some(version), None) => Some(format!(
            "this version of {name} has {cves}; upgrade to {} or later",
            component.mended(version)
        )),
        (_, _, Some(end)) => Some(format!("{name} {}", end.what)),
        _ => None,
    }
}

impl Component {
    fn ranges(&self) -> impl Iterator<Item = (Version, Version)> {
        self.flaws.iter().flat_map(|flaw| flaw.ranges.iter().copied())
    }

    fn cves(&self, version: Version) -> String {
        let has = |flaw: &&Flaw| flaw.ranges.iter().any(|(from, fixed)| (*from..*fixed).contains(&version));
        self.flaws.iter().filter(has).map(|flaw| flaw.cve).collect::<Vec<_>>().join(" and ")
    }

    /// The first version from this one on that no entry covers.
    fn mended(&self, version: Version) -> Version {
        match self.ranges().find(|(from, fixed)| (*from..*fixed).contains(&version)) {
            Some((_, fixed)) => self.mended(fixed),
            None => version,
        }
    }
}

impl Extra {
    fn concerns(&self, reference: &Reference<'_>, version: Version) -> bool {
        covers(&self.image, &reference.full_name())
            && (self.from.unwrap_or(FIRST)..self.fixed).contains(&version)
    }
}

/// CVE-2021-25741 (kubernetes/kubernetes#104980): who can write to a volume swaps the directory behind a `subPath` for a link to the host.
fn report_sub_paths<'a>(pod: Pod<'a>, report: &mut Report<'a>) {
    let read_only = ["configMap", "secret", "projected", "downwardAPI"];
    let writable = |name: &str| {
        let volume = pod.get("volumes").items().find(|volume| volume.get("name").is(name));
        volume.is_none_or(|volume| !read_only.iter().any(|source| volume.get(source).is_set()))
    };
    for container in pod.all_containers() {
        let sub_path = container.get("volumeMounts").items().find_map(|mount| {
            let paths = [mount.get("subPath"), mount.get("subPathExpr")];
            let path = paths.into_iter().find(|path| !path.str().is_empty())?;
            writable(mount.get("name").str()).then_some(path)
        });
        if let Some(path) = sub_path {
            report.at(
                path,
                format!(
                    "every kubelet before 1.19.15 lets {} reach the host through this path (CVE-2021-25741); upgrade the cluster, or \
                     mount a volume of its own",
                    container.title()
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{COMPONENTS, Version};

    fn mended(component: &str, version: &str) -> String {
        let component = COMPONENTS.iter().find(|known| known.name == component).unwrap();
        component.mended(Version::parse(version).unwrap()).to_string()
    }

    #[test]
    fn the_version_to_upgrade_to_has_no_entry_itself() {
        assert_eq!(mended("Argo CD", "v2.1.8"), "2.1.15");
        assert_eq!(mended("Argo CD", "2.2.3"), "2.2.9");
        assert_eq!(mended("ingress-nginx", "1.10.0"), "1.13.8");
        assert_eq!(mended("Kyverno", "1.8.3"), "1.15.3");
    }
}
